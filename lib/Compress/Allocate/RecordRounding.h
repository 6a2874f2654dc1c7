// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Fits matrices to the record of a sample, one after the other.
#ifndef RETORT_LIB_COMPRESS_ALLOCATE_RECORDROUNDING_H
#define RETORT_LIB_COMPRESS_ALLOCATE_RECORDROUNDING_H

#include "lib/Rounding/RoundToSample.h"

namespace retort {

/// What follows from a record is made once for all matrices that share it.
class RecordRounding {
public:
  explicit RecordRounding(SampleRounding options) : options(options) {}

  /// The record of the matrices that follow. `outputs` are of the next one alone; null: it is
  /// weighed by its inputs.
  void take(const StatisticsRecord &record, const OutputStatistics *outputs);
  /// Codes fitted to the sample. Of 6 bits and more two passes of descent find all that there is.
  void round(GroupedMatrix &matrix) const;
  const StatisticsRecord &record() const { return *last; }
  /// Null where outputs are not weighed.
  const OutputStatistics *outputs() const { return known; }
  /// Of the inputs alone.
  const RoundingStatistics &statistics() const;
  /// The same with all outputs of the matrix but these left out, by their places.
  RecordRounding ofOutputs(llvm::ArrayRef<int64_t> places) const;
  /// tr(E H E') on the rows that were held back, or tr(G E A E') where outputs are weighed.
  double heldError(llvm::ArrayRef<float> error, int64_t outputs) const {
    return both ? both->heldError(error) : outputError(error, outputs, statistics().held);
  }

private:
  SampleRounding options;
  const StatisticsRecord *last = nullptr;
  const OutputStatistics *known = nullptr;
  mutable std::optional<RoundingStatistics> found; ///< made when it is first needed
  std::optional<TwoSidedStatistics> both;
};

} // namespace retort

#endif
