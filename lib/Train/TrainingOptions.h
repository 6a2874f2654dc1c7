// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a user says about training, whatever it is that a method trains.
#ifndef RETORT_LIB_TRAIN_TRAININGOPTIONS_H
#define RETORT_LIB_TRAIN_TRAININGOPTIONS_H

#include <cstdint>
#include <string>

namespace retort {

/// The options of TrainingOptions.td, which say what each is.
struct TrainingOptions {
  std::string data, heldOut = "0.05";
  int64_t steps = 200, batch = 8, context = 0, accumulate = 1;
  std::string loss = "forward-kl", teacher = "before";
  double temperature = 1, beta = .5, mix = 1, hidden = 0;
  int64_t topK = 0;
  std::string optimizer = "adamw", schedule = "cosine";
  double learningRate = 0, beta1 = .9, beta2 = .95, epsilon = 1e-8, weightDecay = 0;
  double warmup = .05, finalRate = .02, clip = 1;
  int64_t seed = 7, evaluateEvery = 0, patience = 0, saveEvery = 0;
  double timeLimit = 0; ///< seconds
  std::string checkpoint;
  bool resume = true;
  std::string recompute = "auto";
  int64_t memory = 0; ///< MiB
};

} // namespace retort

#endif
