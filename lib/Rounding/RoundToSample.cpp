// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Rounds a weight so that what it computes of a sample changes least.
#include "lib/Rounding/RoundToSample.h"
#include "lib/Rounding/Descent.h"
#include "lib/Rounding/ErrorFeedback.h"

#include <numeric>

using namespace retort;

static SampleRounding withDamping(SampleRounding options, const StatisticsRecord &record) {
  if (!(options.damping > 0))
    options.damping = usualDamping(record);
  return options;
}

RoundingStatistics::RoundingStatistics(const StatisticsRecord &record,
                                       const SampleRounding &options)
    : RoundingStatistics(Hessian::of(record.fitted, record.inputs),
                         Hessian::of(record.heldOrFitted(), record.inputs),
                         withDamping(options, record)) {}

RoundingStatistics::RoundingStatistics(Hessian fittedRows, Hessian heldRows,
                                       const SampleRounding &options)
    : fitted(std::move(fittedRows)), held(std::move(heldRows)), order(fitted.size) {
  std::iota(order.begin(), order.end(), 0);
  if (options.actOrder)
    order = fitted.byFallingDiagonal();
  factor = factorInverse(fitted, options.damping, order);
}

void retort::roundToSample(GroupedMatrix &matrix, const RoundingStatistics &statistics,
                           const SampleRounding &options) {
  matrix.roundToNearest(/*search=*/true);
  if (statistics.factor)
    roundWithFeedback(matrix, statistics.order, *statistics.factor);
  descend(matrix, statistics.fitted, options.refine);
}
