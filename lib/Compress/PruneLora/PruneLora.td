// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The pass compress-prune-lora.
#ifndef RETORT_COMPRESS_PRUNELORA
#define RETORT_COMPRESS_PRUNELORA

include "lib/Train/TrainingOptions.td"

def PruneLoraPass : Pass<"compress-prune-lora", "::mlir::ModuleOp"> {
  let summary = "Remove channels between products step by step, while factors beside the weights make up for them";
  let description = [{
    LoRAPrune (arXiv:2305.18403): the factors of `compress-tune-lora` are trained beside the matrices of the layers from the
    first step on, and meanwhile the channels between products (the neurons of an MLP, as `compress-prune-structured` finds
    them) leave one after another. The weights themselves have no gradient. d = A dB + dA B - dA dB, what a step
    of rate 1 would change A B by, stands for it: a channel matters by the sum of |d (W + (alpha / rank) A B)| over its rows
    and columns, the sums of each matrix divided by the root of the sum of their squares, added over the matrices, and
    averaged over steps (nine parts of what was, one of what is).

    Each `every` steps, until the share `ramp` of all steps, the channels with the least average are multiplied with zero:
    of those that are to leave (the share `sparsity`, rounded as `multiple` asks) 1 - (1 - t)^3 at the share t of that way. A
    channel may come back as long as that goes on. Behind it only the factors change. The state that is best on held-out
    windows then counts, of those with all channels gone: A B is added to each weight, and the matrices become smaller.

    Weights must be plain, and without zeros; a group of which some matrix is not stays as it is. A state on the way
    is in no checkpoint: `checkpoint` is an error. With `learning-rate=0` the rate is 3e-3 * 128 / width of the model.

    Runs in Retort's tools and in hosts that load libRetortTrain.so.

    {{example test/Compress/PruneLora/prune-lora.mlir}}
  }];
  let options = !listconcat(TrainingOptions, [
    Option<"sparsity", "sparsity", "double", "0.5", "Share of the channels of a group that goes">,
    Option<"groups", "groups", "std::string", "\"mlp\"", "What goes: mlp, channels between products">,
    Option<"multiple", "multiple", "int64_t", "32", "How many channels stay is a multiple of it">,
    Option<"every", "every", "int64_t", "10", "Steps between two choices of channels">,
    Option<"ramp", "ramp", "double", "0.5", "Share of the steps behind which all channels are gone that go">,
    Option<"rank", "rank", "int64_t", "8", "Columns of A and rows of B">,
    Option<"alpha", "alpha", "double", "0", "A B counts alpha / rank; 0: twice the rank">,
    Option<"merge", "merge", "std::string", "\"fold\"", "What becomes of the factors: fold, W + (alpha / rank) A B">,
    Option<"include", "include", "std::string", "", "Regular expression: only weights whose name matches">,
    Option<"exclude", "exclude", "std::string", "", "Regular expression: no weights whose name matches">
  ]);
  let dependentDialects = ["::retort::onnx::OnnxDialect", "::retort::llm::LlmDialect",
                           "::retort::compress::CompressDialect", "::retort::RetortDialect"];
}

#endif
