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

  /// The record of the matrices that follow.
  void take(const StatisticsRecord &record);
  /// Codes fitted to the sample. Of 6 bits and more two passes of descent find all that there is.
  void round(GroupedMatrix &matrix) const;
  const StatisticsRecord &record() const { return *last; }
  const RoundingStatistics &statistics() const { return *found; }
  /// tr(E H E') on the rows that were held back.
  double heldError(llvm::ArrayRef<float> error, int64_t outputs) const {
    return outputError(error, outputs, found->held);
  }

private:
  SampleRounding options;
  const StatisticsRecord *last = nullptr;
  std::optional<RoundingStatistics> found;
};

} // namespace retort

#endif
