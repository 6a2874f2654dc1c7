// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a sample shows about inputs that were divided by something since.
#include "lib/Statistics/ScaledRecord.h"

using namespace retort;
using llvm::ArrayRef;

ScaledRecord::ScaledRecord(const StatisticsRecord &source, ArrayRef<float> scales)
    : scaled(source) {
  scale(scaled.fitted, scales);
  scale(scaled.held, scales);
  for (OutputStatistics &each : scaled.outputs)
    for (OutputMoments *moments : {&each.fitted, &each.held})
      scaleGram(moments->weightedInputs, scales);
}

void ScaledRecord::scale(Moments &moments, ArrayRef<float> scales) {
  auto divide = [&](ArrayRef<float> &list, bool twice) {
    std::vector<float> &own = numbers.emplace_back(list.begin(), list.end());
    for (size_t k = 0; k < own.size(); ++k)
      own[k] /= twice ? scales[k] * scales[k] : scales[k];
    list = own;
  };
  divide(moments.sum, false);
  divide(moments.sumOfMagnitudes, false);
  divide(moments.sumOfSquares, true);
  divide(moments.largest, false);
  if (!moments.least.empty()) {
    divide(moments.least, false);
    divide(moments.most, false);
  }
  scaleGram(moments.gram, scales);
  moments.percentiles.clear();
}

void ScaledRecord::scaleGram(ArrayRef<float> &gram, ArrayRef<float> scales) {
  std::vector<float> &own = numbers.emplace_back(gram.begin(), gram.end());
  float *next = own.data();
  for (size_t i = 0; i < scales.size() && !own.empty(); ++i)
    for (size_t j = 0; j <= i; ++j)
      *next++ /= scales[i] * scales[j];
  gram = own;
}
