// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef RETORT_SIMPLIFY_PACKCODES
#define RETORT_SIMPLIFY_PACKCODES

include "mlir/Pass/PassBase.td"

def PackCodesPass : Pass<"pack-codes", "::mlir::ModuleOp"> {
  let summary = "Write codes that a graph unpacks by shifts and masks as codes";
  let description = [{
    Exporters write layers of GPTQ and AWQ as what they compute: words of 32 bits are shifted and masked, scales and zero
    points are looked up or repeated, and their product with the codes is the weight. Folded, that is a matrix of floats. This
    pass makes `onnx.DequantizeLinear` of it, in the place of the product.

    Nothing is matched but a product of constants, of which one factor comes from a large constant of integers and consists
    of integers. It is evaluated with one factor, or one term of a difference, taken for ones or zeros: what comes out is the
    other one, in the order of the matrix. Scales and zero points must then be the same for as many rows, or columns, each.
    Where inputs belong to groups in any order (`g_idx`), they are sorted by group, and so are those of the activations.

    It stands before constants are folded. Products of other numbers stay.

    {{example test/Simplify/pack-codes.mlir}}
  }];
  let dependentDialects = ["::retort::onnx::OnnxDialect", "::retort::compress::CompressDialect"];
}

#endif
