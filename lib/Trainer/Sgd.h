// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Stochastic gradient descent with momentum. With the gradient g times the scale, rate r, weight
// decay w:
//
//   b = 0.9 b + g             p = p - r w p - r b
#ifndef RETORT_LIB_TRAINER_SGD_H
#define RETORT_LIB_TRAINER_SGD_H

#include "lib/Trainer/Optimizer.h"

namespace retort {

/// Of weight-decay. Its state is b.
std::unique_ptr<Optimizer> makeSgd(const TrainingOptions &options);

} // namespace retort

#endif
