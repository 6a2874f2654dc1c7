// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The learning rate as a function of the step.
#include "lib/Trainer/Schedule.h"

#include <cmath>

using namespace retort;

static constexpr double pi = 3.14159265358979323846;

Schedule::Schedule(const TrainingOptions &options)
    : kind(options.schedule), steps(options.steps),
      rising(std::llround(options.warmup * double(options.steps))), rate(options.learningRate),
      finalShare(options.finalRate) {}

double Schedule::shareOf(int64_t step) const {
  if (step < rising)
    return double(step + 1) / double(rising + 1);
  int64_t last = steps - 1;
  double x = last > rising ? double(step - rising) / double(last - rising) : 0;
  if (kind == "cosine")
    return finalShare + (1 - finalShare) * (1 + std::cos(pi * x)) / 2;
  if (kind == "linear")
    return finalShare + (1 - finalShare) * (1 - x);
  return 1;
}

double Schedule::rateOf(int64_t step) const { return rate * shareOf(step); }
