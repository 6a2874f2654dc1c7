// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef RETORT_RECOGNIZE_RECOGNIZENORMS
#define RETORT_RECOGNIZE_RECOGNIZENORMS

include "mlir/Pass/PassBase.td"

def RecognizeNormsPass : Pass<"recognize-norms", "::mlir::ModuleOp"> {
  let summary = "Find root mean square and layer normalization";
  let description = [{
    Replaces root mean square normalization by `llm.rms_norm` and layer normalization by `onnx.LayerNormalization`, both
    along the last axis, whether they are fused (RMSNormalization, SimplifiedLayerNormalization, and the operations of
    com.microsoft that add the residual before) or written out.

    Written out, a norm is a reduction of a square, operations with constants that turn the result into a factor, and the
    product of factor and input, or the quotient. The chain in between is sampled and compared with
    `scale / sqrt(mean + epsilon)`, so it does not matter how a producer spells it. A weight and a bias that follow
    become operands; so do conversions around the norm, where it is computed in a wider type. A norm stays as it is where
    something else uses what lies inside it.

    {{example test/Recognize/recognize-norms.mlir}}
  }];
  let dependentDialects = ["::retort::llm::LlmDialect", "::retort::onnx::OnnxDialect"];
}

#endif
