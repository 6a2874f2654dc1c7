// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Where scales that are trained begin.
#include "lib/Compress/QuantizeAware/StartOfScales.h"
#include "lib/Weights/Remark.h"

using namespace mlir;
using namespace retort;

LogicalResult StartOfScales::readStatistics() {
  auto read = WeightStatistics::of(module, method);
  if (failed(read))
    return failure();
  statistics.emplace(std::move(*read));
  return success();
}

GroupedMatrix StartOfScales::of(const LinearWeight &weight) {
  GroupedMatrix matrix = form.matrixOf(weight);
  const StatisticsRecord *record = statistics ? statistics->recordOf(weight) : nullptr;
  if (StringRef lack = statistics ? whatLacks(record, weight) : StringRef(); !lack.empty()) {
    weightMissed(weight.loc(), method, weight.name())
        << remark::reason("begins with scales of its numbers alone: {0}", lack);
    record = nullptr;
  }
  if (!record) {
    matrix.roundToNearest(/*search=*/true);
    return matrix;
  }
  if (last != record)
    rounding.emplace(*record, SampleRounding());
  last = record;
  roundToSample(matrix, *rounding, SampleRounding());
  return matrix;
}
