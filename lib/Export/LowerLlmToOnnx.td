// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef RETORT_EXPORT_LOWERLLMTOONNX
#define RETORT_EXPORT_LOWERLLMTOONNX

include "mlir/Pass/PassBase.td"

def LowerLlmToOnnxPass : Pass<"lower-llm-to-onnx", "::mlir::ModuleOp"> {
  let summary = "Write the llm dialect in operations of ONNX";
  let description = [{
    The inverse of recognition, in operations that ONNX has had since opset 11, so that a model keeps its opset: attention
    is two products around a softmax, with grouped heads as rows of one product (keys and values are not repeated) and
    masks made of positions; rotary embedding is two products and a sum. Where the model's opset has RMSNormalization or
    TensorScatter, these are used. All sizes stay dynamic, and rows that see nothing yield what `masked_rows` says.

    Numbers of 16 bits are widened for the softmax, the rotation and the norm, as the llm dialect defines them.

    {{example test/Export/lower-llm-to-onnx.mlir}}
  }];
  let options = [Option<"retention", "retention", "std::string", "\"standard\"",
                        "Operators that llm.retention becomes: standard (LinearAttention), contrib (that of com.microsoft), or expanded">];
  let dependentDialects = ["::retort::onnx::OnnxDialect", "::retort::llm::LlmDialect"];
}

#endif
