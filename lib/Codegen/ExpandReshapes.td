// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef RETORT_CODEGEN_EXPANDRESHAPES
#define RETORT_CODEGEN_EXPANDRESHAPES

include "mlir/Pass/PassBase.td"

def ExpandReshapesPass : Pass<"codegen-expand-reshapes", "::mlir::ModuleOp"> {
  let summary = "Compute the strides of reshaped buffers";
  let description = [{
    A `memref.expand_shape` of one dimension becomes a `memref.reinterpret_cast` with strides computed from its sizes.
    Upstream's expansion takes at most one size that is not known; a reshaped activation often has two.

    {{example test/Codegen/expand-reshapes.mlir}}
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::memref::MemRefDialect"];
}

#endif
