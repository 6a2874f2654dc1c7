// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef RETORT_RECOGNIZE_RECOGNIZEATTENTION
#define RETORT_RECOGNIZE_RECOGNIZEATTENTION

include "mlir/Pass/PassBase.td"

def RecognizeAttentionPass : Pass<"recognize-attention", "::mlir::ModuleOp"> {
  let summary = "Find attention, fused or written out";
  let description = [{
    Replaces attention by `llm.attention`: the operations Attention of the standard and GroupQueryAttention,
    MultiHeadAttention and Attention of com.microsoft, and every softmax between a product of two values that depend on
    the text and a product with a third.

    What is written out is found by structure and by value. Queries, keys and values may be scaled, cast, transposed,
    reshaped and repeated for groups of heads in any way: the elements are traced through the operations at sample sizes.
    Between scores and softmax there may be a scale, a soft cap and masks, added or chosen; what masks do is sampled, at
    small sizes with padding at the left, the right and within, and around every integer that occurs in what they are
    computed from, and compared with rules: causal, windows, padding. A mask that follows no rule stays a value, which is
    exact. Keys and values that follow a past become a cache.

    Every attention that is found, or that is almost one, is a remark: `passed`, or `missed` with the reason.

    {{example test/Recognize/recognize-attention.mlir}}
  }];
  let dependentDialects = ["::retort::llm::LlmDialect", "::retort::onnx::OnnxDialect"];
}

#endif
