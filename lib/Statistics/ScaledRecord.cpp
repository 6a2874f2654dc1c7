// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a sample shows about inputs that were divided by something since.
#include "lib/Statistics/ScaledRecord.h"

using namespace retort;
using llvm::ArrayRef;

ScaledRecord::ScaledRecord(const StatisticsRecord &source, ArrayRef<float> scales)
    : scaled(source) {
  numbers.reserve(14); // seven lists of each of the moments
  scale(scaled.fitted, scales);
  scale(scaled.held, scales);
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
  std::vector<float> &gram = numbers.emplace_back(moments.gram.begin(), moments.gram.end());
  float *next = gram.data();
  for (size_t i = 0; i < scales.size() && !gram.empty(); ++i)
    for (size_t j = 0; j <= i; ++j)
      *next++ /= scales[i] * scales[j];
  moments.gram = gram;
  moments.percentiles.clear();
}
