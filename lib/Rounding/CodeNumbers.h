// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The numbers that codes stand for, before they are scaled: integers, or the entries of a table.
#ifndef RETORT_LIB_ROUNDING_CODENUMBERS_H
#define RETORT_LIB_ROUNDING_CODENUMBERS_H

#include "lib/Rounding/Loops.h"
#include "lib/Weights/RoundToNearest.h"

#include <cmath>

namespace retort {

/// Code c stands for `scale * numberOf(c, zero)`.
class CodeNumbers {
public:
  /// `c - zero`: with a sign where symmetric, from 0 on where not.
  static CodeNumbers integers(UniformCode code);
  /// The levels of `compress.decode_levels` of so many bits, from 0 on; see levelsOf.
  static CodeNumbers levels(unsigned bits);

  unsigned bits() const { return code.bits; }
  bool isTable() const { return !table.empty(); }
  /// Whether codes count from 0 up.
  bool isUnsigned() const { return isTable() || !code.symmetric; }
  /// Whether a group has a scale alone, and no zero point.
  bool isSymmetric() const { return code.symmetric; }
  int lowest() const { return isTable() ? 0 : code.lowest(); }
  int highest() const { return isTable() ? int(table.size()) - 1 : code.highest(); }
  float numberOf(int c, int zero) const { return isTable() ? table[c] : float(c - zero); }
  float decoded(int c, UniformScale scale) const { return numberOf(c, scale.zero) * scale.scale; }
  /// The code nearest to `value`.
  int nearest(float value, UniformScale scale) const;
  /// Of values and their nearest codes, up to rounding of f32.
  FitSums sums(llvm::ArrayRef<float> values, UniformScale scale) const;
  /// The scale with which the codes reach from `low` to `high`, rounded by `round`.
  UniformScale fit(float low, float high, llvm::function_ref<float(float)> round) const;

private:
  explicit CodeNumbers(UniformCode code) : code(code) {}

  UniformCode code;
  std::vector<float> table;  ///< rising; empty: integers
  bool isEven = false;       ///< the table has steps of one size
  std::vector<float> middle; ///< between level i and the one above
  /// The first code that is nearest to something from x = i / 128 - 1 on.
  std::vector<uint8_t> first;
};

inline int CodeNumbers::nearest(float value, UniformScale scale) const {
  float number = value / scale.scale;
  if (!isTable()) {
    number += float(scale.zero);
    number = number > float(lowest()) ? number : float(lowest());
    number = number < float(highest()) ? number : float(highest());
    // To nearest even: so small a number has no bits for a fraction beside 1.5 * 2^23.
    return int((number + 12582912.0f) - 12582912.0f);
  }
  float place = (number + 1) * 128;
  place = place > 0 ? place : 0;
  place = place < 255 ? place : 255;
  size_t c = first[size_t(place)];
  while (c < middle.size() && number > middle[c])
    ++c;
  return int(c);
}

} // namespace retort

#endif
