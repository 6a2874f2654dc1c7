// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a sample shows about the inputs that are left of those that it saw.
#ifndef RETORT_LIB_STATISTICS_KEPTRECORD_H
#define RETORT_LIB_STATISTICS_KEPTRECORD_H

#include "lib/Statistics/Statistics.h"

#include <deque>

namespace retort {

/// The record of the inputs at these places, in rising order: the second moments become H[S, S].
/// Percentiles of all inputs together are not known any more.
class KeptRecord {
public:
  KeptRecord(const StatisticsRecord &source, llvm::ArrayRef<int64_t> kept);
  KeptRecord(const KeptRecord &) = delete;

  const StatisticsRecord &record() const { return left; }

private:
  void keep(Moments &moments, llvm::ArrayRef<int64_t> kept);
  void keepGram(llvm::ArrayRef<float> &gram, llvm::ArrayRef<int64_t> kept);

  StatisticsRecord left;
  // A deque: what it holds stays where it is.
  std::deque<std::vector<float>> numbers; ///< what the moments of `left` refer to
};

} // namespace retort

#endif
