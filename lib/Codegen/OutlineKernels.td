// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef RETORT_CODEGEN_OUTLINEKERNELS
#define RETORT_CODEGEN_OUTLINEKERNELS

include "mlir/Pass/PassBase.td"

def OutlineKernelsPass : Pass<"codegen-outline-kernels", "::mlir::ModuleOp"> {
  let summary = "Give every linalg, linear and fused operation on buffers a function of its own";
  let description = [{
    Each `linalg` operation, each `linear.product` and `fused.attention`, and each copy between buffers that are not both contiguous, becomes a call of a private
    function. Equal ones share it, so code size and compile time follow the number of different operations of a model, not
    its depth, and no pass of LLVM ever sees a function of thousands of loops. The attribute `retort.kernel` says which
    loops are parallel (`p`) and which are summed over (`r`). A buffer that the kernel writes is marked
    `retort.noalias` where it shares memory with no other argument.

    {{example test/Codegen/outline-kernels.mlir}}
  }];
  let dependentDialects = ["::mlir::func::FuncDialect", "::mlir::linalg::LinalgDialect"];
}

#endif
