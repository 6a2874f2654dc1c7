// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef RETORT_CODEGEN_FUSEELEMENTWISE
#define RETORT_CODEGEN_FUSEELEMENTWISE

include "mlir/Pass/PassBase.td"

def FuseElementwisePass : Pass<"codegen-fuse-elementwise", "::mlir::ModuleOp"> {
  let summary = "Fuse element-wise producers into their only reader";
  let description = [{
    A `linalg.generic` on tensors without reductions moves into the one `linalg.generic` that reads its result where that
    computes no element twice, or where computing it twice is cheap (moves and plain arithmetic, never an exponential, a
    division or a root).

    {{example test/Codegen/fuse-elementwise.mlir}}
  }];
  let dependentDialects = ["::mlir::linalg::LinalgDialect", "::mlir::affine::AffineDialect"];
}

#endif
