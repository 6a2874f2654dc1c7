// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef RETORT_RECOGNIZE_RECOGNIZERETENTION
#define RETORT_RECOGNIZE_RECOGNIZERETENTION

include "mlir/Pass/PassBase.td"

def RecognizeRetentionPass : Pass<"recognize-retention", "::mlir::ModuleOp"> {
  let summary = "Write linear attention as llm.retention";
  let description = [{
    `onnx.LinearAttention`, the standard's and that of com.microsoft, becomes `llm.retention` with its heads unpacked. The
    rule, the scale and the chunk size are kept; a scale of 0 is 1 / sqrt(D).

    In a graph of one token, a state that comes in, is multiplied by a decay, gets an outer product added, is read by a
    query and handed on is one too, of one row, whichever axes are keys and values: RWKV 5 and 6, which read it before it
    is written (with a bonus for the token itself), and Mamba, whose channels are heads. Graphs that scan a text become
    the same by `distribute-scan`.

    So is the parallel form: products of queries and keys times powers of a decay, which are read off the values of what
    they are multiplied with, and then times values. Rows that are divided by the sum of their decays, or its root, are
    divided behind the retention.

    {{example test/Recognize/recognize-retention.mlir}}
  }];
  let dependentDialects = ["::retort::onnx::OnnxDialect", "::retort::llm::LlmDialect"];
}

#endif
