// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Scales of groups that suit their numbers better than their range does.
#include "lib/Rounding/GroupScales.h"

#include <cmath>

using namespace retort;
using llvm::ArrayRef;

static double squaresLeft(ArrayRef<float> values, UniformScale scale, const CodeNumbers &numbers) {
  double sum = 0;
  for (float value : values) {
    double left = value - numbers.decoded(numbers.nearest(value, scale), scale);
    sum += left * left;
  }
  return sum;
}

/// The best scale for the codes that `scale` gives.
static float refit(ArrayRef<float> values, UniformScale scale, const CodeNumbers &numbers) {
  double product = 0, square = 0;
  for (float value : values) {
    double number = numbers.numberOf(numbers.nearest(value, scale), scale.zero);
    product += value * number;
    square += number * number;
  }
  return square > 0 && product != 0 ? float(product / square) : scale.scale;
}

UniformScale retort::searchScale(ArrayRef<float> values, const CodeNumbers &numbers,
                                 llvm::function_ref<float(float)> round) {
  float low = *std::min_element(values.begin(), values.end()),
        high = *std::max_element(values.begin(), values.end());
  UniformScale best = numbers.fit(low, high, round);
  double least = squaresLeft(values, best, numbers);
  auto consider = [&](UniformScale scale) {
    double left = squaresLeft(values, scale, numbers);
    if (left < least) {
      least = left;
      best = scale;
    }
  };
  constexpr int shares = 14;
  for (int i = 0; i < shares && least > 0; ++i) {
    float share = .35f + (1.2f - .35f) * float(i) / float(shares - 1);
    UniformScale scale = numbers.fit(low * share, high * share, round);
    // There is one code more below zero than above: a negative scale gives it to the other side.
    for (float sign : {1.0f, -1.0f}) {
      UniformScale turned{sign * scale.scale, scale.zero};
      consider(turned);
      if (float better = round(refit(values, turned, numbers)); better != 0)
        consider({better, scale.zero});
      if (!numbers.isSymmetric() || numbers.isTable())
        break;
    }
  }
  return best;
}
