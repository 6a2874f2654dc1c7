// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Adam with weight decay of its own (arXiv:1711.05101, algorithm 2). For the t-th update, with the
// gradient g times the scale, rate r, weight decay w:
//
//   m = beta1 m + (1 - beta1) g             v = beta2 v + (1 - beta2) g^2
//   p = p - r w p - r (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + epsilon)
#ifndef RETORT_LIB_TRAINER_ADAMW_H
#define RETORT_LIB_TRAINER_ADAMW_H

#include "lib/Trainer/Optimizer.h"

namespace retort {

/// Of beta1, beta2, epsilon and weight-decay. Its states are m and v.
std::unique_ptr<Optimizer> makeAdamW(const TrainingOptions &options);

} // namespace retort

#endif
