// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Fits matrices to the record of a sample, one after the other.
#include "lib/Compress/Allocate/RecordRounding.h"

using namespace retort;

void RecordRounding::take(const StatisticsRecord &record) {
  if (last != &record)
    found.emplace(record, options);
  last = &record;
}

void RecordRounding::round(GroupedMatrix &matrix) const {
  constexpr unsigned manyBits = 6;
  constexpr int64_t fewPasses = 2;
  SampleRounding chosen = options;
  if (matrix.numbers.bits() >= manyBits)
    chosen.refine = std::min(chosen.refine, fewPasses);
  roundToSample(matrix, *found, chosen);
}
