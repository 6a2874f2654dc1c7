// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The pass compress-stream-attention.
#ifndef RETORT_COMPRESS_STREAMATTENTION
#define RETORT_COMPRESS_STREAMATTENTION

include "mlir/Pass/PassBase.td"

def StreamAttentionPass : Pass<"compress-stream-attention", "::mlir::ModuleOp"> {
  let summary = "Let attention see the first tokens and a window of the last ones, for texts without end";
  let description = [{
    Attention sinks (StreamingLLM, 2309.17453): every attention sees the first `sink-tokens` tokens of the text and the last `window` ones, itself among them.
    Positions are those within that cache of R = `sink-tokens` + `window` tokens: no query stands further from a sink than
    R - 1, however long the text is.

    Rotary embedding depends on distances alone. So keys keep the angles of their places in the text, and so do queries
    that look at the window; queries that look at the sinks turn as at place min(place, R - 1). Both are one product: the
    query twice beside itself, (q at its place, q at the end of the cache), and the key in one of the two halves, (k, 0)
    in the window and (0, k) for sinks.

    A decode step holds R tokens for each attention (`llm.sink_tokens`, `llm.sink_window`), whatever the length of the text: new rows take the
    places of those that leave the window. Exported models read whole texts.

    Refused are models with a cache as input, attention whose queries or keys are turned by no rotary embedding, and
    attention that is not causal or has a window already.

    {{example test/Compress/StreamAttention/stream-attention.mlir}}
  }];
  let options = [
    Option<"sinkTokens", "sink-tokens", "int64_t", "4", "First tokens of a text, which are always seen; 0: the window alone">,
    Option<"window", "window", "int64_t", "252", "Last tokens that are seen, that of the query among them">
  ];
  let dependentDialects = ["::retort::onnx::OnnxDialect", "::retort::llm::LlmDialect"];
}

#endif
