// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The smallest budget within a limit is found by few measurements, also where the prediction is
// off.
#include "lib/Replay/SmallestBudget.h"

#include <cmath>
#include <gtest/gtest.h>

using namespace mlir;
using namespace retort;

namespace {
struct Found {
  std::optional<MeasuredBudget> best;
  std::vector<int64_t> asked;
};

/// Halves with each hundred thousand bytes, as codes do with a bit each.
double truth(double budget) { return 4 * std::exp2(-budget / 1e5); }

Found search(double limit, std::function<double(int64_t)> predict) {
  Found found;
  BudgetGoal goal{
      200'000, 1'000'000, limit, 6, std::move(predict), [&](int64_t budget) -> FailureOr<double> {
        found.asked.push_back(budget);
        return truth(double(budget));
      }};
  found.best = *smallestBudget(goal);
  return found;
}

void expectNear(const Found &found, double limit) {
  ASSERT_TRUE(found.best);
  EXPECT_LE(found.best->divergence, limit);
  EXPECT_LE(found.asked.size(), 6u);
  double exact = -1e5 * std::log2(limit / 4);
  EXPECT_LT(double(found.best->budget), 1.02 * exact + 1);
}
} // namespace

TEST(SmallestBudget, FollowsAGoodPrediction) {
  Found found = search(.05, [](int64_t budget) { return truth(double(budget)); });
  expectNear(found, .05);
  EXPECT_LE(found.asked.size(), 3u);
}

TEST(SmallestBudget, CorrectsAPredictionThatIsOff) {
  for (double limit : {.3, .1, .01})
    for (double factor : {.2, .5, 3.})
      expectNear(search(limit, [&](int64_t budget) { return factor * truth(double(budget)); }),
                 limit);
}

TEST(SmallestBudget, CorrectsAPredictionOfAnotherSlope) {
  for (double limit : {.3, .1, .02})
    expectNear(search(limit, [](int64_t budget) { return std::pow(truth(double(budget)), .7); }),
               limit);
}

TEST(SmallestBudget, IsTheLeastWhereThatIsEnough) {
  Found found = search(2, [](int64_t budget) { return truth(double(budget)); });
  ASSERT_TRUE(found.best);
  EXPECT_EQ(found.best->budget, 200'000);
  EXPECT_EQ(found.asked.size(), 1u);
}

TEST(SmallestBudget, IsNoneWhereTheLargestIsNotEnough) {
  Found found = search(1e-4, [](int64_t budget) { return truth(double(budget)); });
  EXPECT_FALSE(found.best);
  EXPECT_EQ(found.asked.back(), 1'000'000);
}

TEST(SmallestBudget, FailsWhereAMeasurementFails) {
  BudgetGoal goal{1,
                  10,
                  .1,
                  6,
                  [](int64_t) { return .1; },
                  [](int64_t) -> FailureOr<double> { return failure(); }};
  EXPECT_TRUE(failed(smallestBudget(goal)));
}
