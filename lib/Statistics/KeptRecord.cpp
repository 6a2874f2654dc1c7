// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a sample shows about the inputs that are left of those that it saw.
#include "lib/Statistics/KeptRecord.h"

using namespace retort;
using llvm::ArrayRef;

KeptRecord::KeptRecord(const StatisticsRecord &source, ArrayRef<int64_t> kept) : left(source) {
  left.inputs = int64_t(kept.size());
  numbers.reserve(10); // five lists of each of the moments
  keep(left.fitted, kept);
  keep(left.held, kept);
}

void KeptRecord::keep(Moments &moments, ArrayRef<int64_t> kept) {
  for (ArrayRef<float> *list :
       {&moments.sum, &moments.sumOfMagnitudes, &moments.sumOfSquares, &moments.largest}) {
    std::vector<float> &own = numbers.emplace_back();
    for (int64_t place : kept)
      if (!list->empty())
        own.push_back((*list)[place]);
    *list = own;
  }
  std::vector<float> &gram = numbers.emplace_back();
  for (size_t i = 0; i < kept.size() && !moments.gram.empty(); ++i)
    for (size_t j = 0; j <= i; ++j)
      gram.push_back(moments.gram[kept[i] * (kept[i] + 1) / 2 + kept[j]]);
  moments.gram = gram;
  moments.percentiles.clear();
}
