// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The pass compress-tune-lora.
#ifndef RETORT_COMPRESS_TUNELORA
#define RETORT_COMPRESS_TUNELORA

include "lib/Train/TrainingOptions.td"

def TuneLoraPass : Pass<"compress-tune-lora", "::mlir::ModuleOp"> {
  let summary = "Train two thin factors beside weights that stay";
  let description = [{
    LoRA (arXiv:2106.09685), on weights of any form (QLoRA, arXiv:2305.14314): `y = x W` becomes
    `y = x W + (alpha / rank) (x A) B`, with A of inputs x rank and B of rank x outputs. A begins with normally distributed
    numbers of variance 1 / inputs that follow from `seed`, B with zeros, so that the model is what it was. W is a
    constant as it is stored, and neither W + A B nor a gradient of W is formed. The logits come near to those of a teacher,
    the model as the pipeline read it where `teacher` says nothing else.

    Weights are the matrices of the layers, or those that `include` and `exclude` select; one that something else reads
    than a product as its second factor stays as it is, and its remark says so. `parameters` names what is trained beside the
    factors: `lora,norms` trains the scales of norms too, at a third of their rate. With `learning-rate=0` the rate is
    3e-3 * 128 / width of the model.

    `merge` says what becomes of the factors:

    - `keep`: both products stay, `onnx.Add(onnx.MatMul(%x, %w), onnx.MatMul(onnx.MatMul(%x, %a), %b))`, B times alpha / rank.
    - `fold`: W + (alpha / rank) A B takes the place of a plain weight. One of which an element of 64 or more are zeros was
      pruned, and would be filled: that is an error.
    - `requantize`: the same sum is rounded again, in the form that W has. That can lose more than was won: the held-out
      loss of the rounded model is told (`held_out_requantized`), and where it is no less than that of the untrained one
      the model stays as it was.
    - `zero-points` (QA-LoRA, arXiv:2309.14717): A is the same for all inputs that share a scale, so that A B is a number for
      each group, exactly what its zero point is moved by: `z - (alpha / rank) (A B) / s`, a float. ONNX files have such
      weights as plain numbers.
    - `auto`: `fold` for plain weights without zeros, `keep` for others.

    The best state on held-out windows is merged, and nothing changes where that is the untrained one.

    Runs in Retort's tools and in hosts that load libRetortTrain.so.

    {{example test/Compress/TuneLora/tune-lora.mlir}}
  }];
  let options = !listconcat(TrainingOptions, [
    Option<"rank", "rank", "int64_t", "8", "Columns of A and rows of B">,
    Option<"alpha", "alpha", "double", "0", "A B counts alpha / rank; 0: twice the rank">,
    Option<"parameters", "parameters", "std::string", "\"lora\"", "lora, and what is trained beside it, separated by commas: all, scales, norms, biases, factors, or a regular expression of names">,
    Option<"merge", "merge", "std::string", "\"auto\"", "What becomes of the factors: keep, fold, requantize, zero-points or auto">,
    Option<"include", "include", "std::string", "", "Regular expression: only weights whose name matches">,
    Option<"exclude", "exclude", "std::string", "", "Regular expression: no weights whose name matches">
  ]);
  let dependentDialects = ["::retort::onnx::OnnxDialect", "::retort::llm::LlmDialect",
                           "::retort::compress::CompressDialect", "::retort::RetortDialect"];
}

#endif
