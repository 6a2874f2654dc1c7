// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Rates rise, fall and end where the options say.
#include "lib/Trainer/Schedule.h"

#include <cmath>
#include <gtest/gtest.h>

using namespace retort;

namespace {
TrainingOptions optionsOf(const char *schedule, int64_t steps, double warmup) {
  TrainingOptions options;
  options.schedule = schedule;
  options.steps = steps;
  options.warmup = warmup;
  options.learningRate = 2;
  options.finalRate = .1;
  return options;
}
} // namespace

TEST(TrainingSchedule, RisesAndFallsAlongACosine) {
  Schedule schedule(optionsOf("cosine", 15, .25)); // 4 steps
  for (int64_t step = 0; step < 4; ++step)
    EXPECT_DOUBLE_EQ(schedule.rateOf(step), 2 * double(step + 1) / 5);
  for (int64_t step = 4; step < 15; ++step)
    EXPECT_DOUBLE_EQ(schedule.rateOf(step),
                     2 * (.1 + .9 * (1 + std::cos(M_PI * double(step - 4) / 10)) / 2));
  EXPECT_DOUBLE_EQ(schedule.rateOf(4), 2);
  EXPECT_DOUBLE_EQ(schedule.rateOf(14), .2);
}

TEST(TrainingSchedule, FallsAlongALineOrNotAtAll) {
  Schedule linear(optionsOf("linear", 11, 0)), constant(optionsOf("constant", 10, .2));
  for (int64_t step = 0; step < 11; ++step)
    EXPECT_NEAR(linear.rateOf(step), 2 * (1 - .09 * double(step)), 1e-12);
  EXPECT_DOUBLE_EQ(constant.rateOf(0), 2. / 3);
  EXPECT_DOUBLE_EQ(constant.rateOf(2), 2);
  EXPECT_DOUBLE_EQ(constant.rateOf(9), 2);
}

TEST(TrainingSchedule, OfOneStepIsTheWholeRate) {
  EXPECT_DOUBLE_EQ(Schedule(optionsOf("cosine", 1, .05)).rateOf(0), 2);
  EXPECT_DOUBLE_EQ(Schedule(optionsOf("linear", 1, .05)).rateOf(0), 2);
}

TEST(TrainingSchedule, MayOnlyRise) {
  Schedule schedule(optionsOf("cosine", 4, 1));
  for (int64_t step = 0; step < 4; ++step)
    EXPECT_DOUBLE_EQ(schedule.rateOf(step), 2 * double(step + 1) / 5);
}
