// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a sample shows about inputs that were divided by something since.
#ifndef RETORT_LIB_STATISTICS_SCALEDRECORD_H
#define RETORT_LIB_STATISTICS_SCALEDRECORD_H

#include "lib/Statistics/Statistics.h"

#include <deque>

namespace retort {

/// The record of x / s, one s > 0 for each input: sums are divided by s, the second moments become
/// D^-1 H D^-1. Percentiles of all inputs together are not known any more.
class ScaledRecord {
public:
  ScaledRecord(const StatisticsRecord &source, llvm::ArrayRef<float> scales);
  ScaledRecord(const ScaledRecord &) = delete;

  const StatisticsRecord &record() const { return scaled; }

private:
  void scale(Moments &moments, llvm::ArrayRef<float> scales);
  void scaleGram(llvm::ArrayRef<float> &gram, llvm::ArrayRef<float> scales);

  StatisticsRecord scaled;
  // A deque: what it holds stays where it is.
  std::deque<std::vector<float>> numbers; ///< what the moments of `scaled` refer to
};

} // namespace retort

#endif
