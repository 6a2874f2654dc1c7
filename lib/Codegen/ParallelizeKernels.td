#ifndef RETORT_CODEGEN_PARALLELIZEKERNELS
#define RETORT_CODEGEN_PARALLELIZEKERNELS

include "mlir/Pass/PassBase.td"

def ParallelizeKernelsPass : Pass<"codegen-parallelize-kernels", "::mlir::ModuleOp"> {
  let summary = "Share the work of large kernels among the threads of the runtime";
  let description = [{
    A kernel whose loops have much to do calls `retort_parallel(body, context)`: each thread takes a range of one parallel
    loop, the first that is not of size 1 where that is long enough to share, else the last. Whether there is enough to do
    is decided when the kernel runs; an argument `retort.work` counts the operations of a round where the caller knows them. The result does not depend on the number of threads: no sum is ever split.

    {{example test/Codegen/parallelize-kernels.mlir}}
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::func::FuncDialect", "::mlir::LLVM::LLVMDialect",
                           "::mlir::scf::SCFDialect"];
}

#endif
