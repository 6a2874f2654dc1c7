// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The smallest budget with which a model diverges no more than it may, by few measurements.
#include "lib/Replay/SmallestBudget.h"

#include <algorithm>
#include <cmath>

using namespace mlir;
using namespace retort;

namespace {
class BudgetSearch {
public:
  explicit BudgetSearch(const BudgetGoal &goal) : goal(goal) {}
  FailureOr<std::optional<MeasuredBudget>> run();

private:
  int64_t next() const;
  int64_t predicted() const;
  int64_t between() const;
  bool isOver() const;

  const BudgetGoal &goal;
  double scale = 1;
  std::optional<MeasuredBudget> tooSmall, enough;
};
} // namespace

/// The least at which the scaled prediction meets the limit.
int64_t BudgetSearch::predicted() const {
  int64_t low = goal.least, high = goal.most;
  for (int step = 0; step < 24 && low < high; ++step) {
    int64_t middle = low + (high - low) / 2;
    if (scale * goal.predict(middle) <= goal.limit)
      high = middle;
    else
      low = middle + 1;
  }
  return high;
}

/// Where a line through the logarithms of both meets that of the limit; never at one of them.
int64_t BudgetSearch::between() const {
  double share = .5;
  if (enough->divergence > 0 && tooSmall->divergence > enough->divergence)
    share = std::log(tooSmall->divergence / goal.limit) /
            std::log(tooSmall->divergence / enough->divergence);
  double width = double(enough->budget - tooSmall->budget);
  return tooSmall->budget + int64_t(std::clamp(share, .1, .9) * width);
}

int64_t BudgetSearch::next() const {
  int64_t budget = predicted();
  bool isInside = (!tooSmall || budget > tooSmall->budget) && (!enough || budget < enough->budget);
  if (isInside)
    return budget;
  if (tooSmall && enough)
    return between();
  // Beyond all that was measured: the scale was right there, and is not here.
  if (tooSmall)
    return tooSmall->budget + (goal.most - tooSmall->budget + 1) / 2;
  return std::max(goal.least, enough->budget - std::max<int64_t>(enough->budget / 50, 1));
}

bool BudgetSearch::isOver() const {
  if (enough && (enough->budget <= goal.least || enough->divergence > .97 * goal.limit))
    return true;
  if (tooSmall && tooSmall->budget >= goal.most)
    return true;
  return tooSmall && enough &&
         double(enough->budget - tooSmall->budget) <= .005 * double(enough->budget);
}

FailureOr<std::optional<MeasuredBudget>> BudgetSearch::run() {
  for (int64_t left = goal.measurements; left > 0 && !isOver(); --left) {
    int64_t budget = left == 1 && !enough ? goal.most : next();
    FailureOr<double> found = goal.measure(budget);
    if (failed(found))
      return failure();
    (*found <= goal.limit ? enough : tooSmall) = MeasuredBudget{budget, *found};
    if (double guess = goal.predict(budget); guess > 0 && *found > 0)
      scale = *found / guess;
  }
  return enough;
}

FailureOr<std::optional<MeasuredBudget>> retort::smallestBudget(const BudgetGoal &goal) {
  return BudgetSearch(goal).run();
}
