// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef RETORT_LOWER_LOWERTOLINALG
#define RETORT_LOWER_LOWERTOLINALG

include "mlir/Pass/PassBase.td"

def LowerToLinalgPass : Pass<"lower-to-linalg", "::mlir::ModuleOp"> {
  let summary = "Lower the onnx and llm dialects to linalg on tensors";
  let description = [{
    Every function is rebuilt on `linalg`, `tensor`, `arith`, `math` and `scf`. Constants of at most 1 KiB stay in the
    code; each larger one becomes a trailing argument with the attribute `retort.weight`, an index into the module's list
    `retort.weights`. Sizes that are not known are computed at run time, and where shapes do not fit, a `cf.assert` stops
    the model with the name of the node.

    A product with a constant weight of more than 1 KiB, plain or dequantized by channel or by groups of rows, becomes a
    `linear.product`, its weight packed into panels; a weight that is itself a product or a sum of such is never computed.
    With `pack-weights=false` such products are linalg too, on weights as the model holds them and on the expressions that
    dequantize them.

    Attention in f32 becomes a `fused.attention`, of which code generation makes one kernel; why it does not is a remark.
    With `fuse-attention=false` its scores, their softmax and the product with values are linalg, too: with both options
    nothing but upstream dialects is left for another compiler.

    {{example test/Lower/lower-to-linalg.mlir}}

    {{example test/Lower/fused-attention.mlir}}
  }];
  let options = [Option<"packWeights", "pack-weights", "bool", "true",
                        "Products with constant weights read packed panels, by linear.product">,
                 Option<"fuseAttention", "fuse-attention", "bool", "true", "Attention in f32 is one operation, fused.attention">];
  let dependentDialects = [
    "::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect", "::mlir::cf::ControlFlowDialect",
    "::mlir::linalg::LinalgDialect", "::mlir::math::MathDialect", "::mlir::scf::SCFDialect",
    "::mlir::tensor::TensorDialect", "::retort::linear::LinearDialect", "::retort::fused::FusedDialect"
  ];
}

#endif
