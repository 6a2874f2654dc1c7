// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The pass compress-tune-scales.
#ifndef RETORT_COMPRESS_TUNESCALES
#define RETORT_COMPRESS_TUNESCALES

include "lib/Train/TrainingOptions.td"

def TuneScalesPass : Pass<"compress-tune-scales", "::mlir::ModuleOp"> {
  let summary = "Train the scales of codes, and leave the codes";
  let description = [{
    PEQA (arXiv:2305.14152): codes stay what they are, and the scale of each group is trained, so that the logits come near to
    those of a teacher, the model as the pipeline read it where `teacher` says nothing else. Form and bytes of the model do
    not change. Any weight that is codes times scales of floats is taken, also the embedding and the matrix of the logits:
    `onnx.DequantizeLinear`, MatMulNBits and GatherBlockQuantized of a file, `compress.dequantize`, and what keeps n of
    each m of these. Places in the ladder of `compress.decode_levels` are no floats: such weights stay, and a remark says so.

    What is trained is u of `scale exp(u)`, from zero: a step of the rate is then a relative change, and one rate
    (3e-3, where `learning-rate` is 0) serves models of any width. What comes back is `scale exp(u)`, rounded to the type
    that scales are stored in, of the state with the least loss on what was held out; the model stays as it was where no
    state is better.

    With `zero-points=true` a number v is trained for each scale as well, in units of codes:
    `(code - zero - v) scale exp(u)`. Zero points are then floats: `compress.dequantize`, which ONNX files have as plain
    numbers.

    Runs in Retort's tools and in hosts that load libRetortTrain.so.

    {{example test/Compress/TuneScales/tune-scales.mlir}}
  }];
  let options = !listconcat(TrainingOptions, [
    Option<"zeroPoints", "zero-points", "bool", "false", "Train zero points beside the scales: they become floats">,
    Option<"include", "include", "std::string", "", "Regular expression: only weights whose name matches">,
    Option<"exclude", "exclude", "std::string", "", "Regular expression: no weights whose name matches">
  ]);
  let dependentDialects = ["::retort::onnx::OnnxDialect", "::retort::llm::LlmDialect",
                           "::retort::compress::CompressDialect", "::retort::RetortDialect"];
}

#endif
