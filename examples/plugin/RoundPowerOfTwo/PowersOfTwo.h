// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Powers of two on plain numbers: what the pass computes, without any IR.
#ifndef ROUNDPOWEROFTWO_POWERSOFTWO_H
#define ROUNDPOWEROFTWO_POWERSOFTWO_H

#include <cmath>

/// Neighbouring powers 2^highest, 2^(highest - 1) ... `count` of them, with either sign, and zero.
struct PowersOfTwo {
  int highest, count;

  /// The nearest of them; the middle between two goes to the larger magnitude.
  float nearest(float value) const {
    float magnitude = std::abs(value), smallest = std::ldexp(1.0f, highest - count + 1);
    if (magnitude < smallest / 2)
      return 0;
    int power;
    float mantissa = std::frexp(magnitude, &power); // in [0.5, 1)
    power -= mantissa < 0.75f;
    power = power > highest ? highest : power < highest - count + 1 ? highest - count + 1 : power;
    return std::copysign(std::ldexp(1.0f, power), value);
  }
};

/// The exponent of the power of two that is nearest to a magnitude.
inline int exponentOf(float magnitude) {
  int power;
  return std::frexp(magnitude, &power) < 0.75f ? power - 1 : power;
}

#endif
