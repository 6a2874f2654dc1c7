// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef RETORT_LLM
#define RETORT_LLM

include "mlir/IR/EnumAttr.td"
include "mlir/IR/OpBase.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Llm_Dialect : Dialect {
  let name = "llm";
  let cppNamespace = "::retort::llm";
  let summary = "The few operations that language models are made of";
  let description = [{
    Each op says what is computed, free of the habits of any exporter: recognition maps decomposed subgraphs and fused
    ONNX ops onto it, lowering and export start from it. All ops work on tensors and have no side effects. The sizes in
    the descriptions are B batch, H query heads, G key-value heads (G divides H: query head h reads key-value head
    h / (H / G)), T new rows, P rows of the past, S = P + T columns, D head size, W rotary width.
  }];
}

class Llm_Op<string mnemonic, list<Trait> traits = []> : Op<Llm_Dialect, mnemonic, !listconcat(traits, [Pure])>;

def Llm_MaskedRowsZero : I32EnumAttrCase<"Zero", 0, "zero">;
def Llm_MaskedRowsMean : I32EnumAttrCase<"Mean", 1, "mean">;
def Llm_MaskedRows : I32EnumAttr<"MaskedRows", "what a row that may see no column yields",
                                 [Llm_MaskedRowsZero, Llm_MaskedRowsMean]> {
  let cppNamespace = "::retort::llm";
}

def Llm_AttentionOp : Llm_Op<"attention", [AttrSizedOperandSegments]> {
  let summary = "scaled dot-product attention with grouped heads, masks and cache";
  let description = [{
    `result = softmax(softcap(scale * Q K') + bias, masked) V`, per batch and head, with K = concat(past_key, key) and
    V = concat(past_value, value) along the rows where a past is given.

    - query BxHxTxD, key BxGxTxD, value BxGxTxE; past_key BxGxPxD and past_value BxGxPxE come together. Without a past,
      key and value may have any number S of rows.
    - `offset` (i64, scalar or B): how many columns lie before the first row; absent: P, or 0 without a past.
      Row i stands at column i + offset.
    - `causal`: row i sees columns j <= i + offset. `left_window` / `right_window`: it sees
      i + offset - left <= j <= i + offset + right; absent: unbounded.
    - `key_length` (i64, B): columns j >= key_length[b] are hidden.
    - `mask` (i1, true = visible) and `bias` (float, added to the scaled scores after the soft cap), each broadcastable
      to BxHxTxS.
    - `sinks` (H): one more logit per head, that takes its share of the softmax and contributes no value.
    - `softcap` c > 0: scores become c tanh(scores / c).
    - `masked_rows`: a row that sees no column yields zeros, or (`mean`) the mean of all columns of V, the future included.

    `present_key` and `present_value` are K and V, wanted or not; without a past they are key and value.
    Source: ONNX operator Attention, versions 23 to 25; sinks: com.microsoft GroupQueryAttention.
  }];
  let arguments = (ins AnyRankedTensor:$query, AnyRankedTensor:$key, AnyRankedTensor:$value,
                       Optional<AnyRankedTensor>:$past_key, Optional<AnyRankedTensor>:$past_value,
                       Optional<AnyRankedTensor>:$mask, Optional<AnyRankedTensor>:$bias,
                       Optional<AnyRankedTensor>:$key_length, Optional<AnyRankedTensor>:$offset,
                       Optional<AnyRankedTensor>:$sinks,
                       F32Attr:$scale, UnitAttr:$causal,
                       OptionalAttr<I64Attr>:$left_window, OptionalAttr<I64Attr>:$right_window,
                       OptionalAttr<F32Attr>:$softcap,
                       DefaultValuedAttr<Llm_MaskedRows, "MaskedRows::Zero">:$masked_rows);
  let results = (outs AnyRankedTensor:$result, AnyRankedTensor:$present_key, AnyRankedTensor:$present_value);
  let assemblyFormat = [{
    `(` $query `,` $key `,` $value (`past` $past_key^ `,` $past_value)? (`mask` $mask^)? (`bias` $bias^)?
    (`key_length` $key_length^)? (`offset` $offset^)? (`sinks` $sinks^)? `)` attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def Llm_RuleLinear : I32EnumAttrCase<"Linear", 0, "linear">;
def Llm_RuleGated : I32EnumAttrCase<"Gated", 1, "gated">;
def Llm_RuleDelta : I32EnumAttrCase<"Delta", 2, "delta">;
def Llm_RuleGatedDelta : I32EnumAttrCase<"GatedDelta", 3, "gated_delta">;
def Llm_RetentionRule : I32EnumAttr<"RetentionRule", "how a row changes the state",
                                    [Llm_RuleLinear, Llm_RuleGated, Llm_RuleDelta, Llm_RuleGatedDelta]> {
  let cppNamespace = "::retort::llm";
}

def Llm_RetentionOp : Llm_Op<"retention", [AttrSizedOperandSegments]> {
  let summary = "linear attention: a state of fixed size that each row reads and changes";
  let description = [{
    For each batch and key-value head, from S_0 = `state` (zeros where absent), row t computes

        linear       S_t = S_(t-1) + k_t v_t'
        gated        S_t = exp(g_t) S_(t-1) + k_t v_t'
        delta        S_t = S_(t-1) + b_t k_t (v_t - S_(t-1)' k_t)'
        gated_delta  S_t = exp(g_t) S_(t-1) + b_t k_t (v_t - exp(g_t) S_(t-1)' k_t)'

    and yields `scale q_t' S_t`. There is no softmax and no other normalizer. With a `beta` u, linear and gated rules read
    each row before they write it, and the row sees itself through u alone: `scale q_t' (S_(t-1) + diag(u_t) k_t v_t')`.

    - query BxHxTxD, key BxGxTxD, value BxGxTxE; `state` and the result `present_state` BxGxDxE.
    - `decay` g, natural logarithms, for gated rules; `beta` b for delta rules. Of rank 4, broadcast to BxGxTxD and
      BxGxTx1: RetNet's decay is 1xGx1x1, one constant for each head. The bonus u of other rules broadcasts to BxGxTxD.
    - `chunk_size` is a hint and changes no result beyond rounding: how many rows the computation takes at once. 1 is
      the recurrent form, T or more the parallel one, anything between the chunkwise one, which is linear in T.

    Sources: RetNet (2307.08621) eq. 5 to 7; ONNX operator LinearAttention-27, which has the same rules; the
    bonus: RWKV 5 and 6 (2404.05892) section 4.
  }];
  let arguments = (ins AnyRankedTensor:$query, AnyRankedTensor:$key, AnyRankedTensor:$value,
                       Optional<AnyRankedTensor>:$state, Optional<AnyRankedTensor>:$decay,
                       Optional<AnyRankedTensor>:$beta, Llm_RetentionRule:$rule, F32Attr:$scale,
                       DefaultValuedAttr<I64Attr, "64">:$chunk_size);
  let results = (outs AnyRankedTensor:$result, AnyRankedTensor:$present_state);
  let assemblyFormat = [{
    $rule `(` $query `,` $key `,` $value (`state` $state^)? (`decay` $decay^)? (`beta` $beta^)? `)` attr-dict `:`
    functional-type(operands, results)
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    bool isGated() { return getRule() == RetentionRule::Gated || getRule() == RetentionRule::GatedDelta; }
    bool isDelta() { return getRule() == RetentionRule::Delta || getRule() == RetentionRule::GatedDelta; }
    /// Whether the decay is one number for each head (or none): what the forms other than the recurrent one need.
    bool hasConstantDecay();
  }];
}

def Llm_RopeOp : Llm_Op<"rope", [AllTypesMatch<["input", "result"]>]> {
  let summary = "rotary position embedding";
  let description = [{
    Rotates the first W coordinates of every head of `input` (BxHxTxD); the others pass. W / 2 angles per position come
    as tables:
    - with `positions` (i64, BxT or 1xT): cos and sin are NxW/2, row n belongs to position n;
    - without: cos and sin are BxTxW/2 or 1xTxW/2, one row for each row of the input.

    Pair p of a row is (x[p], x[p + W/2]), or (x[2p], x[2p + 1]) where `interleaved`; it becomes
    (a cos[p] - b sin[p], b cos[p] + a sin[p]). An attention factor (YaRN) is part of the tables.
    Source: RoFormer (2104.09864) eq. 34; ONNX operator RotaryEmbedding-23.
  }];
  let arguments = (ins AnyRankedTensor:$input, AnyRankedTensor:$cos, AnyRankedTensor:$sin,
                       Optional<AnyRankedTensor>:$positions, UnitAttr:$interleaved);
  let results = (outs AnyRankedTensor:$result);
  let assemblyFormat = [{
    `(` $input `,` $cos `,` $sin (`at` $positions^)? `)` attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def Llm_RmsNormOp : Llm_Op<"rms_norm", [AllTypesMatch<["input", "result"]>]> {
  let summary = "root mean square normalization over the last axis";
  let description = [{
    `result = input / sqrt(mean(input^2, last axis) + epsilon) * weight`, computed in f32, rounded to the element type
    of the input before the product with the weight. `weight` has the size of the last axis.
    Source: 1910.07467 eq. 4; ONNX operator RMSNormalization-23.
  }];
  let arguments = (ins AnyRankedTensor:$input, AnyRankedTensor:$weight, F32Attr:$epsilon);
  let results = (outs AnyRankedTensor:$result);
  let assemblyFormat = "`(` $input `,` $weight `)` attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
}

#endif
