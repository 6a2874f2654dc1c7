// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Scales of groups that suit their numbers better than their range does.
#ifndef RETORT_LIB_COMPRESS_QUANTIZEGPTQ_GROUPSCALES_H
#define RETORT_LIB_COMPRESS_QUANTIZEGPTQ_GROUPSCALES_H

#include "lib/Weights/RoundToNearest.h"

namespace retort {

/// The code nearest to `value`, from code.lowest() to code.highest().
inline int nearestCode(float value, UniformScale scale, UniformCode code) {
  float number = value / scale.scale + float(scale.zero);
  number =
      std::fmin(std::fmax(std::nearbyint(number), float(code.lowest())), float(code.highest()));
  return int(number);
}

inline float decoded(int number, UniformScale scale) {
  return float(number - scale.zero) * scale.scale;
}

/// The scale and zero point that leave the least sum of squares between the numbers and what their
/// nearest codes stand for. 14 shares of the range, .35 to 1.2, are tried; for the codes of each
/// the scale follows in closed form: sum(w q) / sum(q^2). Of symmetric codes it may be negative.
/// `round` brings scales to the type that they are stored in.
UniformScale searchScale(llvm::ArrayRef<float> values, UniformCode code,
                         llvm::function_ref<float(float)> round);

} // namespace retort

#endif
