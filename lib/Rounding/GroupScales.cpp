// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Scales of groups that suit their numbers better than their range does.
#include "lib/Rounding/GroupScales.h"

using namespace retort;
using llvm::ArrayRef;

/// The best scale for the codes that another one gave.
static float refitted(const FitSums &sums, float scale) {
  return sums.square > 0 && sums.product != 0 ? float(sums.product / sums.square) : scale;
}

UniformScale retort::searchScale(ArrayRef<float> values, const CodeNumbers &numbers,
                                 llvm::function_ref<float(float)> round) {
  float low = *std::min_element(values.begin(), values.end()),
        high = *std::max_element(values.begin(), values.end());
  UniformScale best = numbers.fit(low, high, round);
  double squares = 0;
  for (float value : values)
    squares += double(value) * value;
  // Less is no difference: that is how far off f32 may be.
  double noise = 1e-13 * squares, least = numbers.sums(values, best).squaresLeft;
  auto consider = [&](UniformScale scale) {
    FitSums sums = numbers.sums(values, scale);
    if (sums.squaresLeft < least - noise) {
      least = sums.squaresLeft;
      best = scale;
    }
    return sums;
  };
  constexpr int shares = 14;
  for (int i = 0; i < shares && least > noise; ++i) {
    float share = .35f + (1.2f - .35f) * float(i) / float(shares - 1);
    UniformScale scale = numbers.fit(low * share, high * share, round);
    // There is one code more below zero than above: a negative scale gives it to the other side.
    for (float sign : {1.0f, -1.0f}) {
      UniformScale turned{sign * scale.scale, scale.zero};
      if (float better = round(refitted(consider(turned), turned.scale)); better != 0)
        consider({better, scale.zero});
      if (!numbers.isSymmetric() || numbers.isTable())
        break;
    }
  }
  return best;
}
