// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What every method that trains lets its user say: it appends options of its own.
//
//   include "lib/Train/TrainingOptions.td"
//   ...
//   let options = !listconcat(TrainingOptions, [Option<"rank", "rank", "int64_t", "8", "Of the factors">]);
//
// lib/Train/TrainingPass.h reads them into the struct TrainingOptions, whose fields have these names.
#ifndef RETORT_TRAIN_TRAININGOPTIONS
#define RETORT_TRAIN_TRAININGOPTIONS

include "mlir/Pass/PassBase.td"

defvar TrainingOptions = [
  Option<"data", "data", "std::string", "", "FILE.tokens, which `retort tokenize` and `retort generate --count` write, or generate:N, N windows that the teacher draws">,
  Option<"heldOut", "held-out", "std::string", "\"0.05\"", "Share of the end of the data, or a FILE.tokens, that is never trained on and by which states are told apart">,
  Option<"steps", "steps", "int64_t", "200", "Updates of the parameters">,
  Option<"batch", "batch", "int64_t", "8", "Windows that are read at once">,
  Option<"context", "context", "int64_t", "0", "Tokens of a window; 0: the length that the model was trained with">,
  Option<"accumulate", "accumulate", "int64_t", "1", "Batches of a step: it reads batch * context * accumulate tokens, and memory follows batch * context">,
  Option<"loss", "loss", "std::string", "\"forward-kl\"", "What is made small: ce, forward-kl, reverse-kl, jsd or skew-kl; all but ce compare with the teacher">,
  Option<"temperature", "temperature", "double", "1", "What logits are divided by in losses that compare with the teacher">,
  Option<"beta", "beta", "double", "0.5", "Share of the teacher in the mixture of jsd and skew-kl">,
  Option<"topK", "top-k", "int64_t", "0", "Ids of the teacher that forward-kl compares, the others as one; 0: all">,
  Option<"mix", "mix", "double", "1", "Share of the loss that compares with the teacher; the rest is ce">,
  Option<"hidden", "hidden", "double", "0", "What the distance of hidden states to the teacher's counts beside the loss: a factor of the mean over blocks, of |h - t|^2 / |t|^2 of each token. A teacher of another width is reached by matrices that are trained and dropped">,
  Option<"teacher", "teacher", "std::string", "\"before\"", "before: the model as the pipeline got it; base: itself without what is added; or a file">,
  Option<"optimizer", "optimizer", "std::string", "\"adamw\"", "adamw, or sgd with a momentum of 0.9">,
  Option<"learningRate", "learning-rate", "double", "0", "The largest rate of the schedule; 0: what the method finds right for the model's width">,
  Option<"beta1", "beta1", "double", "0.9", "How much adamw keeps of the mean gradient at each step">,
  Option<"beta2", "beta2", "double", "0.95", "How much adamw keeps of the mean square of gradients at each step">,
  Option<"epsilon", "epsilon", "double", "1e-8", "What adamw adds to the root of the mean square">,
  Option<"weightDecay", "weight-decay", "double", "0", "Times the rate, the share of a parameter that is taken away at each step; what a method adds does not decay">,
  Option<"schedule", "schedule", "std::string", "\"cosine\"", "How the rate falls behind the warm-up: cosine, linear or constant">,
  Option<"warmup", "warmup", "double", "0.05", "Share of the steps over which the rate rises from 0">,
  Option<"finalRate", "final-rate", "double", "0.02", "Share of the rate that is left at the last step">,
  Option<"clip", "clip", "double", "1", "Largest norm of the gradient of all parameters together; 0: none">,
  Option<"seed", "seed", "int64_t", "7", "Which windows a step reads follows from it">,
  Option<"evaluateEvery", "evaluate-every", "int64_t", "0", "Steps between two measurements of the held-out loss; 0: an eighth of all">,
  Option<"patience", "patience", "int64_t", "0", "Measurements without a better one that end training; 0: none do">,
  Option<"timeLimit", "time-limit", "double", "0", "Seconds behind which training ends with the step it is in; 0: none">,
  Option<"checkpoint", "checkpoint", "std::string", "", "File that an interrupted training goes on from; empty: none">,
  Option<"saveEvery", "save-every", "int64_t", "0", "Steps between two writings of the checkpoint; 0: an eighth of all">,
  Option<"resume", "resume", "bool", "true", "Go on from the checkpoint where it is one of this training; false: begin anew">,
  Option<"recompute", "recompute", "std::string", "\"auto\"", "What a gradient reads of a window: none of it is computed twice; block: all but a value for each block is; auto: as block where it takes more than `memory`. Results are the same to the bit">,
  Option<"memory", "memory", "int64_t", "0", "MiB that values of a window may take with `recompute=auto`; 0: half of what is free">
];

#endif
