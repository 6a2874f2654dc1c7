// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef RETORT_RECOGNIZE_RECOGNIZERETENTION
#define RETORT_RECOGNIZE_RECOGNIZERETENTION

include "mlir/Pass/PassBase.td"

def RecognizeRetentionPass : Pass<"recognize-retention", "::mlir::ModuleOp"> {
  let summary = "Write linear attention as llm.retention";
  let description = [{
    `onnx.LinearAttention`, the standard's and that of com.microsoft, becomes `llm.retention` with its heads unpacked. The
    rule, the scale and the chunk size are kept; a scale of 0 is 1 / sqrt(D).

    {{example test/Recognize/recognize-retention.mlir}}
  }];
  let dependentDialects = ["::retort::onnx::OnnxDialect", "::retort::llm::LlmDialect"];
}

#endif
