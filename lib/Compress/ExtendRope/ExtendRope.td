// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The pass compress-extend-rope.
#ifndef RETORT_COMPRESS_EXTENDROPE
#define RETORT_COMPRESS_EXTENDROPE

include "mlir/Pass/PassBase.td"

def ExtendRopePass : Pass<"compress-extend-rope", "::mlir::ModuleOp"> {
  let summary = "Let rotary embeddings reach further than they were trained to";
  let description = [{
    Changes the frequencies of every rotary embedding of the model, so that texts of `factor` times the trained length L
    (`original-length`; if absent the length that the model or its configuration tells) meet angles that training met. With
    s = factor, b the base, D the rotary width and f_k = b^(-2k/D) the frequency of pair k:

    - `pi`: f / s. Position interpolation (2306.15595).
    - `ntk`: the base becomes b s^(D/(D-2)), so that the fastest pair stays and the slowest is interpolated.
    - `ntk-by-parts`: pairs that turn more than `beta-fast` times in L stay, those that turn less than `beta-slow` times are
      interpolated, those between are blended (2309.00071, section 3.2).
    - `yarn`: the same, and cosines and sines are multiplied by 0.1 ln s + 1, or `attention-factor` (section 3.3).
    - `llama3`: as by parts, over the number of turns, from `low-frequency` to `high-frequency` (the code of Llama 3.1).
    - `longrope`: f divided by `short-factor`, in texts of more than L tokens by `long-factor`, lists of a number for each
      pair; cosines and sines are multiplied by sqrt(1 + ln s / ln L), or `attention-factor` (2402.13753; the code of Phi-3).
    - `dynamic-ntk`: `ntk` with s = max(1, factor l / L - (factor - 1)) in a text of l tokens.
    - `dynamic-yarn`: `yarn` with s = max(1, l / L).
    - `search`: tries `methods` (without: all, longrope where there are lists) with `factor` and 1.25 times `factor`, on `windows` windows of `factor` L tokens
      of `data`, a file that `retort tokenize` wrote. What predicts the first half of them best is taken; a remark has its
      perplexity on the second half. It runs the model, so it needs Retort's tools, or a host that loads libRetortRun.so.

    The blend runs linearly over the index of the pair, between bounds rounded to whole pairs: the code that checkpoints
    were made with does so (`ramp=code`; `truncate=false` leaves the bounds unrounded). `ramp=paper` runs over the number
    of turns, as the paper has it.

    Tables that are looked up are written anew, `factor` times as long; tables that are computed are computed from the
    same positions. The last three methods change frequencies with the length of the text, l, the largest position and one: their tables are
    computed, and caches keep keys as they were before they turned; all of them turn when an attention reads them. Where a
    model keeps keys in a way that does not allow this, these methods are refused. So are models that were scaled before,
    unless `rescale` says to scale them further, models that are limited to fewer positions elsewhere, and models without
    rotary embedding.

    {{example test/Compress/ExtendRope/extend-rope.mlir}}
  }];
  let options = [
    Option<"method", "method", "std::string", "\"yarn\"",
           "pi, ntk, ntk-by-parts, yarn, llama3, longrope, dynamic-ntk, dynamic-yarn or search">,
    Option<"factor", "factor", "double", "2", "By how much longer texts are, above 1">,
    Option<"originalLength", "original-length", "int64_t", "0", "The trained length in tokens; 0: what the model tells">,
    Option<"betaFast", "beta-fast", "double", "32", "Turns within the trained length above which a pair stays">,
    Option<"betaSlow", "beta-slow", "double", "1", "Turns within the trained length below which it is interpolated">,
    Option<"attentionFactor", "attention-factor", "double", "0", "Of yarn and longrope; 0: the method's own">,
    Option<"lowFrequency", "low-frequency", "double", "1", "Of llama3: turns below which a pair is interpolated">,
    Option<"highFrequency", "high-frequency", "double", "4", "Of llama3: turns above which a pair stays">,
    ListOption<"shortFactor", "short-factor", "double", "Of longrope: what each pair is divided by in short texts">,
    ListOption<"longFactor", "long-factor", "double", "Of longrope: the same in long texts">,
    Option<"ramp", "ramp", "std::string", "\"code\"", "code or paper">,
    Option<"truncate", "truncate", "bool", "true", "Round the bounds of the blend to whole pairs">,
    Option<"data", "data", "std::string", "\"\"", "Of search: a file of tokens">,
    ListOption<"methods", "methods", "std::string", "Of search: the methods to try; none: all">,
    Option<"windows", "windows", "int64_t", "16", "Of search: how many windows are read, of which half are chosen by">,
    Option<"rescale", "rescale", "bool", "false", "Scale a model further that was scaled before">
  ];
  let dependentDialects = ["::retort::onnx::OnnxDialect", "::retort::llm::LlmDialect"];
}

#endif
