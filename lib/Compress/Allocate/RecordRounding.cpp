// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Fits matrices to the record of a sample, one after the other.
#include "lib/Compress/Allocate/RecordRounding.h"

using namespace retort;

void RecordRounding::take(const StatisticsRecord &record, const OutputStatistics *outputs) {
  if (last != &record)
    found.reset();
  if (last != &record || known != outputs)
    both.reset();
  last = &record;
  known = outputs;
  if (outputs && !both)
    both.emplace(record, *outputs, options);
}

const RoundingStatistics &RecordRounding::statistics() const {
  if (!found)
    found.emplace(*last, options);
  return *found;
}

RecordRounding RecordRounding::ofOutputs(llvm::ArrayRef<int64_t> places) const {
  RecordRounding result = *this;
  if (both)
    result.both = both->ofOutputs(places);
  return result;
}

void RecordRounding::round(GroupedMatrix &matrix) const {
  constexpr unsigned manyBits = 6;
  constexpr int64_t fewPasses = 2;
  SampleRounding chosen = options;
  if (matrix.numbers.bits() >= manyBits)
    chosen.refine = std::min(chosen.refine, fewPasses);
  both ? roundToSample(matrix, *both, chosen) : roundToSample(matrix, statistics(), chosen);
}
