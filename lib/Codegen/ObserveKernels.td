// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef RETORT_CODEGEN_OBSERVEKERNELS
#define RETORT_CODEGEN_OBSERVEKERNELS

include "mlir/Pass/PassBase.td"

def ObserveKernelsPass : Pass<"codegen-observe-kernels", "::mlir::ModuleOp"> {
  let summary = "Let whoever runs the model watch its kernels";
  let description = [{
    In front of each call of a kernel in an entry point, and behind it, the function that the exported pointer
    `retort_observer` names is called, if it names one: with the number of the call in the table `retort_calls`, the round of
    the loop of layers (-1 outside of it), the operations on numbers and the bytes of the operands; behind the kernel with
    -1. The table is JSON: kernel and node of each call. Where nobody watches, a kernel costs a load and a branch more.

    {{example test/Codegen/observe-kernels.mlir}}
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect",
                           "::mlir::LLVM::LLVMDialect"];
}

#endif
