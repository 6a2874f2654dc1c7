// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a sample shows about outputs that were divided by something since.
#ifndef RETORT_LIB_STATISTICS_SCALEDOUTPUTS_H
#define RETORT_LIB_STATISTICS_SCALEDOUTPUTS_H

#include "lib/Statistics/Statistics.h"

#include <deque>

namespace retort {

/// Of y / s, one s > 0 for each output: the loss depends on these as much the more as they are
/// smaller, and G becomes D G D. A, weights of the inputs by the gradients that the sample saw,
/// stays.
class ScaledOutputs {
public:
  ScaledOutputs(const OutputStatistics &source, llvm::ArrayRef<float> scales);
  ScaledOutputs(const ScaledOutputs &) = delete;

  const OutputStatistics &outputs() const { return scaled; }

private:
  OutputStatistics scaled;
  std::deque<std::vector<float>> numbers; ///< what `scaled` refers to
};

} // namespace retort

#endif
