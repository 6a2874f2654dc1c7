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

    **Chosen by a sample.** With statistics (`retort calibrate`) and one of `candidates`, `state-bytes`, `max-kl` and `max-state-bytes`, each
    layer gets what costs it least of what keeps `state-bytes` at most:

    - `delete`: nothing; what the layer adds to the stream goes. `affine`: an affine map of what the layer reads (NBL, 2505.21077).
    - `window`: attention to the last tokens; `sinks-window`: to the first few as well. Positions stay those of the text.
    - `retention`: rounds of states, each with one decay for each key-value head, out of half-lives of 1/4 to 256 rows. For each query head
      a state is asked for `(sum over j of D_ij s_ij v_j) / (sum of D_ij)`, and once for each key-value head for the same with 1 in place of s_ij.
    - `hybrid`: a window of half the bytes beside states of the other half.
    - `window-average`: a window, beside which two averages of all values, each with its decay, stand for what is far.

    All are fitted in closed form: decays by the least squares that they leave of the attention, then one matrix in the place of the output
    projection by ridge regression to what the layer gave in the model as it was; the last eighth of the sample chooses the ridge, and a
    window whose projection is no better for it keeps the old one. Layers follow one another, each fitted to what its replaced predecessors
    make. Of the `measured` with the least error the divergence of the model is measured, on windows held back, and the least taken.
    Which layers: those of `layers`; or those that cost least alone, as many as keep the divergence below `max-kl`, or as few as let
    the states of all layers take `max-state-bytes` for a text of `text-length` tokens. The model runs for it, in the tools and in hosts that
    load libRetortRun.so. A remark for each layer tells the error and the divergence (`error_window`, `kl_window`) of all that was tried,
    what was taken, and the bytes of its state, in f32.

    {{example test/Compress/ReplaceAttentionByRetention/chosen.mlir}}
  }];
  let options = !listconcat(TrainingOptions, [
    ListOption<"layers", "layers", "int64_t", "Indices of the layers, from 0 on">,
    Option<"form", "form", "std::string", "\"auto\"", "expansion, plain or normalized; auto: expansion, or normalized where it is fitted">,
    Option<"transferSteps", "transfer-steps", "int64_t", "100", "Steps that decays and norms are fitted for, with `data`">,
    ListOption<"candidates", "candidates", "std::string", "What a layer may get, by the sample: delete, affine, window, sinks-window, retention, hybrid, window-average; none given: all of them">,
    Option<"stateBytes", "state-bytes", "int64_t", "0", "Bytes that one replaced layer may keep while it decodes; 0: those of two rounds of retention">,
    Option<"maxKl", "max-kl", "double", "0", "Divergence in nats a token that replaced layers may cost together; 0: no limit">,
    Option<"maxStateBytes", "max-state-bytes", "int64_t", "0", "Bytes that all layers together may keep while they decode; 0: no limit">,
    Option<"textLength", "text-length", "int64_t", "0", "Tokens of the text for which `max-state-bytes` counts what grows; 0: those of a window of the sample">,
    Option<"measured", "measured", "int64_t", "3", "Candidates of a layer of which the divergence is measured, those with the least error">
  ]);
  let dependentDialects = ["::retort::onnx::OnnxDialect", "::retort::llm::LlmDialect", "::retort::RetortDialect"];
}

#endif
