// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What tells a training from others.
#include "lib/Trainer/Fingerprint.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/xxhash.h"

using namespace retort;

static std::string parametersHash(llvm::ArrayRef<Parameter> parameters) {
  std::string text;
  for (const Parameter &each : parameters) {
    llvm::ArrayRef bytes(reinterpret_cast<const uint8_t *>(each.start.data()),
                         each.start.size() * sizeof(float));
    text += llvm::formatv("{0} {1} {2} {3} {4}\n", each.name, each.start.size(),
                          llvm::utohexstr(llvm::xxh3_64bits(bytes)), each.rate, each.decays);
  }
  return llvm::utohexstr(llvm::xxh3_64bits(text), /*LowerCase=*/true, 16);
}

llvm::json::Object retort::fingerprintOf(llvm::ArrayRef<Parameter> parameters,
                                         const WindowPlan &plan, llvm::StringRef model,
                                         const TrainingOptions &options) {
  return llvm::json::Object{{"parameters", parametersHash(parameters)},
                            {"data", plan.hash()},
                            {"model", model.str()},
                            {"held-out tokens", int64_t(plan.heldOut().size()) * plan.context()},
                            {"trained tokens", plan.trained()},
                            {"steps", options.steps},
                            {"batch", options.batch},
                            {"context", plan.context()},
                            {"accumulate", options.accumulate},
                            {"loss", options.loss},
                            {"temperature", options.temperature},
                            {"beta", options.beta},
                            {"top-k", options.topK},
                            {"mix", options.mix},
                            {"hidden", options.hidden},
                            {"teacher", options.teacher},
                            {"optimizer", options.optimizer},
                            {"learning-rate", options.learningRate},
                            {"beta1", options.beta1},
                            {"beta2", options.beta2},
                            {"epsilon", options.epsilon},
                            {"weight-decay", options.weightDecay},
                            {"schedule", options.schedule},
                            {"warmup", options.warmup},
                            {"final-rate", options.finalRate},
                            {"clip", options.clip},
                            {"seed", options.seed},
                            {"evaluate-every", options.evaluateEvery}};
}
