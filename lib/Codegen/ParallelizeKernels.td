#ifndef RETORT_CODEGEN_PARALLELIZEKERNELS
#define RETORT_CODEGEN_PARALLELIZEKERNELS

include "mlir/Pass/PassBase.td"

def ParallelizeKernelsPass : Pass<"codegen-parallelize-kernels", "::mlir::ModuleOp"> {
  let summary = "Share the work of large kernels among the threads of the runtime";
  let description = [{
    A kernel whose loops have much to do calls `retort_parallel(body, context)`: each part is a range of one parallel
    loop, the first that is not of size 1 where it has rounds for half of the parts, else the longer of this and the last. `retort.kernel` names the
    loops: `p` is parallel, `t` parallel over tiles, `r` a sum. Ranges of an innermost loop are multiples of 16 rounds,
    those over tiles of one. Whether there is enough to do is decided when the kernel runs; an argument `retort.work`
    counts the operations of a round where the caller knows them. The result does not depend on the number of threads: no
    sum is ever split.

    {{example test/Codegen/parallelize-kernels.mlir}}
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::func::FuncDialect", "::mlir::LLVM::LLVMDialect",
                           "::mlir::scf::SCFDialect"];
}

#endif
