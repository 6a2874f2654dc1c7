// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a sample shows about the inputs that are left of those that it saw.
#include "lib/Statistics/KeptRecord.h"

using namespace retort;
using llvm::ArrayRef;

KeptRecord::KeptRecord(const StatisticsRecord &source, ArrayRef<int64_t> kept) : left(source) {
  left.inputs = int64_t(kept.size());
  keep(left.fitted, kept);
  keep(left.held, kept);
  for (OutputStatistics &each : left.outputs)
    for (OutputMoments *moments : {&each.fitted, &each.held})
      keepGram(moments->weightedInputs, kept);
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
  keepGram(moments.gram, kept);
  moments.percentiles.clear();
}

void KeptRecord::keepGram(ArrayRef<float> &gram, ArrayRef<int64_t> kept) {
  std::vector<float> &own = numbers.emplace_back();
  for (size_t i = 0; i < kept.size() && !gram.empty(); ++i)
    for (size_t j = 0; j <= i; ++j)
      own.push_back(gram[kept[i] * (kept[i] + 1) / 2 + kept[j]]);
  gram = own;
}
