// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef RETORT_RECOGNIZE_EXPOSEWEIGHTS
#define RETORT_RECOGNIZE_EXPOSEWEIGHTS

include "mlir/Pass/PassBase.td"

def ExposeWeightsPass : Pass<"expose-weights", "::mlir::ModuleOp"> {
  let summary = "Make weights of the codes that a file came with";
  let description = [{
    Operations that take codes, scales and zero points as operands of their own become ordinary operations on a weight, which
    methods, products and lookups see as any other: com.microsoft.MatMulNBits a product with a transposed
    `onnx.DequantizeLinear`, com.microsoft.GatherBlockQuantized a lookup in one. No code is copied but where rows are filled
    up to whole blocks, or where `g_idx` assigns inputs to groups out of order: then the inputs of the weight are sorted, and
    so are those of what it is multiplied with. With zero points that no code is, a weight is a `compress.dequantize`. What
    does not fit stays.

    Compressed weights are marked as those of the file (`compress.given`): methods take them as they take numbers, where the
    result is smaller, and leave what another method has made. A file in which such a weight stays as it was keeps its
    operation; one that a method changed becomes MatMulNBits again where that can be.

    {{example test/Recognize/expose-weights.mlir}}
  }];
  let dependentDialects = ["::retort::onnx::OnnxDialect", "::retort::compress::CompressDialect"];
}

#endif
