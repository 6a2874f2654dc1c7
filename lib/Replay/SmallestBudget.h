// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The smallest budget with which a model diverges no more than it may, by few measurements.
#ifndef RETORT_LIB_REPLAY_SMALLESTBUDGET_H
#define RETORT_LIB_REPLAY_SMALLESTBUDGET_H

#include "mlir/Support/LLVM.h"

#include <functional>
#include <optional>

namespace retort {

struct BudgetGoal {
  int64_t least, most; ///< that can be had, in bytes
  double limit;        ///< of the divergence
  int64_t measurements = 6;
  /// What a budget is thought to cost; falls with it. Cheap.
  std::function<double(int64_t budget)> predict;
  /// What it costs. Dear: asked at most so many times.
  std::function<mlir::FailureOr<double>(int64_t budget)> measure;
};

struct MeasuredBudget {
  int64_t budget;
  double divergence;
};

/// The smallest budget that was measured and is within the limit; nullopt where even the largest is
/// not. A failure where a measurement fails.
///
/// 1. The prediction is scaled by what the last measurement was off by, and the budget taken at
///    which it meets the limit.
/// 2. Between a budget that was too small and one that was not, the logarithm of the divergence is
///    taken for a line, where the prediction leads out of them.
/// 3. It ends when the two are within a half percent, or a divergence within three of the limit.
///    Where none was enough, the last measurement is of the largest.
mlir::FailureOr<std::optional<MeasuredBudget>> smallestBudget(const BudgetGoal &goal);

} // namespace retort

#endif
