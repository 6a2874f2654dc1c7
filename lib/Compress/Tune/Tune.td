// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The pass compress-tune.
#ifndef RETORT_COMPRESS_TUNE
#define RETORT_COMPRESS_TUNE

include "lib/Train/TrainingOptions.td"

def TunePass : Pass<"compress-tune", "::mlir::ModuleOp"> {
  let summary = "Train a model on a text";
  let description = [{
    Trains what the model has on the tokens of `data`, by cross entropy where `loss` says nothing else: for instance behind
    `compress-extend-rope`, on windows of the longer context (YaRN, 2309.00071, section 4.1). Everything else is as in
    `compress-distill`: elements of matrices that are zero stay zero, and the state that is kept is the best on what was held out.

    On a text that the model was not trained on, cross entropy moves the model to that text; where a compressed model is to
    behave as it did, take `compress-distill`.

    Runs in Retort's tools and in hosts that load libRetortTrain.so.

    {{example test/Compress/Tune/tune.mlir}}
  }];
  let options = !listconcat(TrainingOptions, [
    Option<"parameters", "parameters", "std::string", "\"all\"", "What is trained: all, scales, norms, biases, factors, or a regular expression of names; several separated by commas">
  ]);
  let dependentDialects = ["::retort::onnx::OnnxDialect", "::retort::llm::LlmDialect",
                           "::retort::compress::CompressDialect", "::retort::RetortDialect"];
}

#endif
