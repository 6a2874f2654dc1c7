// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The pass compress-replace-attention-by-retention.
#ifndef RETORT_COMPRESS_REPLACEATTENTIONBYRETENTION
#define RETORT_COMPRESS_REPLACEATTENTIONBYRETENTION

include "lib/Train/TrainingOptions.td"

def ReplaceAttentionByRetentionPass : Pass<"compress-replace-attention-by-retention", "::mlir::ModuleOp"> {
  let summary = "Replace the attention of some layers by retention, whose state does not grow";
  let description = [{
    The layers named (0 is the first attention of the model) keep their projections, but look back through a state of fixed
    size in place of a cache of keys and values. Head h of G key-value heads forgets by the factor 1 - 2^(-5-h) for each
    row, as RetNet's multi-scale retention does (2307.08621, eq. 8).

    - `form=expansion`: the softmax is replaced by its first-order expansion, exp(s) = 1 + s, under that decay D:
      `result_i = (sum over j of D_ij (1 + s_ij) v_j) / (sum over j of D_ij)`. One retention of (q, 1) and (k, 1); the
      divisor follows from the position.
    - `form=plain`: `result_i = sum over j of D_ij s_ij v_j`, RetNet's without its norm.

    - `form=normalized`: that of `plain` through the norm of a root mean square of each head, times a weight: RetNet's (eq. 8), which needs `data`.

    With `data` the decays, and the weights of the norm, are fitted for `transfer-steps` steps: each layer is given what the
    model as it is has there, and learns what attention makes of it (attention transfer, LoLCATs, 2410.10254, section 3.2).
    `form=auto` is `normalized` then. Projections stay as they are: `compress-tune-lora{parameters=lora,retention}` or
    `compress-distill` behind it tune them. That runs in Retort's tools and in hosts that load libRetortTrain.so.

    Without `data` nothing is fitted. Of the example model the perplexity rises from 8.18 to 8.37 with layer 1 and to 8.57 with layer 2
    replaced, to 14.4 with layers 2 and 3; with `form=plain` the first two are 347 and 487. Attention that is not causal, such
    as cross-attention, is refused, and so are masks that differ between rows, biases on scores, and caches that are
    longer than what they hold. A mask of columns (padding) hides keys as before. Where the model has a cache as input
    and output, these stay, and the state is computed from the past.

    {{example test/Compress/ReplaceAttentionByRetention/replace-attention-by-retention.mlir}}
  }];
  let options = !listconcat(TrainingOptions, [
    ListOption<"layers", "layers", "int64_t", "Indices of the layers, from 0 on">,
    Option<"form", "form", "std::string", "\"auto\"", "expansion, plain or normalized; auto: expansion, or normalized where it is fitted">,
    Option<"transferSteps", "transfer-steps", "int64_t", "100", "Steps that decays and norms are fitted for, with `data`">
  ]);
  let dependentDialects = ["::retort::onnx::OnnxDialect", "::retort::llm::LlmDialect", "::retort::RetortDialect"];
}

#endif
