// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Compress/ExtendRope/Blend.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <cmath>

using namespace retort;

/// The index k, not whole, with `turns` = L b^(-2k/D) / (2 pi).
static double pairThatTurns(double turns, double width, const RopeScaling &scaling) {
  return width * std::log(double(scaling.length) / (turns * 2 * M_PI)) /
         (2 * std::log(scaling.base));
}

static std::vector<double> keptByIndex(size_t pairs, const RopeScaling &scaling) {
  auto width = double(2 * pairs);
  double low = pairThatTurns(scaling.betaFast, width, scaling),
         high = pairThatTurns(scaling.betaSlow, width, scaling);
  if (scaling.truncate) {
    low = std::floor(low);
    high = std::ceil(high);
  }
  low = std::max(low, 0.0);
  high = std::min(high, width - 1);
  if (low == high)
    high += 0.001;
  std::vector<double> kept;
  for (size_t k = 0; k < pairs; ++k) // in f32, as released code
    kept.push_back(1 - std::clamp((float(k) - float(low)) / float(high - low), 0.0f, 1.0f));
  return kept;
}

static std::vector<double> keptByTurns(llvm::ArrayRef<double> frequencies,
                                       const RopeScaling &scaling) {
  std::vector<double> kept;
  for (double frequency : frequencies) {
    double turns = double(scaling.length) * frequency / (2 * M_PI);
    kept.push_back(
        std::clamp((turns - scaling.betaSlow) / (scaling.betaFast - scaling.betaSlow), 0.0, 1.0));
  }
  return kept;
}

std::vector<double> retort::keptShares(llvm::ArrayRef<double> frequencies,
                                       const RopeScaling &scaling) {
  return scaling.overIndex ? keptByIndex(frequencies.size(), scaling)
                           : keptByTurns(frequencies, scaling);
}

retort::Blended::Blended(double frequency, double share) {
  auto ramp = float(1 - share);
  kept = 1 - ramp;
  left = 1 - kept;
  stays = float(interpolated(frequency, 1)) * kept;
}

std::vector<double> retort::blend(llvm::ArrayRef<double> frequencies, llvm::ArrayRef<double> kept,
                                  double factor) {
  std::vector<double> result;
  for (auto [frequency, share] : llvm::zip_equal(frequencies, kept))
    result.push_back(Blended(frequency, share).at(interpolated(frequency, factor)));
  return result;
}
