// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef RETORT_CODEGEN_PARALLELIZEKERNELS
#define RETORT_CODEGEN_PARALLELIZEKERNELS

include "mlir/Pass/PassBase.td"

def ParallelizeKernelsPass : Pass<"codegen-parallelize-kernels", "::mlir::ModuleOp"> {
  let summary = "Share the work of large kernels among the threads of the runtime";
  let description = [{
    A kernel whose loops have much to do calls `retort_parallel(body, context)`: each part is a range of one loop, the
    first that has rounds for each thread. Kernels one after the other so give a thread the same rows, which are in its
    cache. `retort.kernel` names the loops from outermost to innermost:

    | kind | rounds | shared |
    |---|---|---|
    | `p` | elements | from a round for each thread on; the innermost loop by multiples of 16 |
    | `t` | tiles | from a round for each part on |
    | `w` | tiles of a weight | among a thread's parts where rows are shared among threads, else among all parts |
    | `d` | tiles of a dense weight | the same, but it takes more rows until they are shared |
    | `r` | of a sum | never: results do not depend on the number of threads |

    Whether there is enough to do is decided when the kernel runs; an argument `retort.work` counts the operations of a
    round where the caller knows them.

    {{example test/Codegen/parallelize-kernels.mlir}}
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::func::FuncDialect", "::mlir::LLVM::LLVMDialect",
                           "::mlir::scf::SCFDialect"];
}

#endif
