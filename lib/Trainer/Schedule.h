// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The learning rate as a function of the step alone, so that nothing is kept of it.
//
// Of S steps the first W = round(warmup S) rise evenly, (s + 1) / (W + 1) of the rate; behind them
// x runs from 0 at step W to 1 at the last one, and with f the final share the rate is
//
//   cosine    f + (1 - f) (1 + cos(pi x)) / 2
//   linear    f + (1 - f) (1 - x)
//   constant  1
#ifndef RETORT_LIB_TRAINER_SCHEDULE_H
#define RETORT_LIB_TRAINER_SCHEDULE_H

#include "lib/Train/TrainingOptions.h"

namespace retort {

class Schedule {
public:
  /// Of steps, schedule, learning-rate, warmup and final-rate.
  explicit Schedule(const TrainingOptions &options);

  /// Of step 0 to S - 1.
  double rateOf(int64_t step) const;

private:
  double shareOf(int64_t step) const;

  std::string kind;
  int64_t steps, rising;
  double rate, finalShare;
};

} // namespace retort

#endif
