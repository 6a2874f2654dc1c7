// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a sample shows about outputs that were divided by something since.
#include "lib/Statistics/ScaledOutputs.h"

using namespace retort;

ScaledOutputs::ScaledOutputs(const OutputStatistics &source, llvm::ArrayRef<float> scales)
    : scaled(source) {
  for (OutputMoments *moments : {&scaled.fitted, &scaled.held}) {
    std::vector<float> &own = numbers.emplace_back(moments->gram.begin(), moments->gram.end());
    float *next = own.data();
    for (size_t i = 0; i < scales.size() && !own.empty(); ++i)
      for (size_t j = 0; j <= i; ++j)
        *next++ *= scales[i] * scales[j];
    moments->gram = own;
  }
}
