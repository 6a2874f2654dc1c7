// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The ladder that suits the scales of a matrix.
#include "lib/Rounding/FitLadder.h"

#include "llvm/ADT/STLExtras.h"

using namespace retort;
using compress::ScaleLadder;

/// What lies lower is as good as zero beside the largest scale.
static constexpr float leastShare = 1e-4f;

static double squaresOff(const std::vector<float> &scales, const ScaleLadder &ladder) {
  double sum = 0;
  for (float scale : scales) {
    double off = scale - ladder.at(ladder.nearest(scale));
    sum += off * off;
  }
  return sum;
}

ScaleLadder retort::fitLadder(llvm::ArrayRef<UniformScale> scales) {
  std::vector<float> sorted;
  for (const UniformScale &each : scales)
    sorted.push_back(each.scale);
  llvm::sort(sorted);
  float high = std::max(sorted.back(), 1e-30f), least = high * leastShare;
  ScaleLadder best;
  double leastOff = 0;
  for (double quantile : {0.0, .001, .003, .01, .02, .05, .1, .2}) {
    float low = std::max(sorted[size_t(quantile * double(sorted.size() - 1))], least);
    ScaleLadder ladder = ScaleLadder::between(low, high);
    double off = squaresOff(sorted, ladder);
    if (best.first == 0 || off < leastOff) {
      best = ladder;
      leastOff = off;
    }
  }
  return best;
}
