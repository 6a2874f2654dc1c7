// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The pass compress-distill.
#ifndef RETORT_COMPRESS_DISTILL
#define RETORT_COMPRESS_DISTILL

include "lib/Train/TrainingOptions.td"

def DistillPass : Pass<"compress-distill", "::mlir::ModuleOp"> {
  let summary = "Train a model to give the logits of a teacher";
  let description = [{
    Trains what the model has, so that its logits come near to those of a teacher, the model as the pipeline read it where
    `teacher` says nothing else: what methods before took away is made up for (knowledge distillation, 1503.02531;
    MiniLLM, 2306.08543; GKD, 2306.13649). Elements of matrices that are zero stay zero, so that what was pruned stays
    pruned; codes stay, and their scales are trained; the form and the bytes of the model do not change.

    Windows of `context` tokens are drawn from `data`, of which a share is held out. What comes back is the state with the
    least loss on that share, and the model as it was where no state is better: a remark tells, with the curve of both
    losses. With `learning-rate=0` it is 1e-3 (128 / width)^1.2, which was measured at a width of 128.

    Runs in Retort's tools and in hosts that load libRetortTrain.so.

    {{example test/Compress/Distill/distill.mlir}}
  }];
  let options = !listconcat(TrainingOptions, [
    Option<"parameters", "parameters", "std::string", "\"all\"", "What is trained: all, scales, norms, biases, factors, or a regular expression of names; several separated by commas">
  ]);
  let dependentDialects = ["::retort::onnx::OnnxDialect", "::retort::llm::LlmDialect",
                           "::retort::compress::CompressDialect", "::retort::RetortDialect"];
}

#endif
