// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What codes and scales of compress.decode_levels stand for.
#ifndef RETORT_DIALECTS_COMPRESS_LEVELS_H
#define RETORT_DIALECTS_COMPRESS_LEVELS_H

#include "llvm/ADT/ArrayRef.h"

#include <cstdint>
#include <vector>

namespace retort::compress {

/// The 2^bits levels of codes, rising from -1 to 1 and symmetric: of 2 to 5 bits those that leave
/// the least squares of normally distributed numbers (Lloyd 1957, Max 1960), of 6 to 8 bits evenly
/// spaced ones.
std::vector<float> levelsOf(unsigned bits);

/// What is nearer to level i + 1 than to level i lies above element i: the middle between both.
std::vector<float> middlesOf(llvm::ArrayRef<float> levels);

/// Whether levels of so many bits are evenly spaced.
inline bool areEven(unsigned bits) { return bits > 5; }

/// 64 scales: floats whose bits are `first`, `first + step`, and so on. They grow by equal steps
/// between two powers of two, and by equal factors from one such interval to the next.
struct ScaleLadder {
  static constexpr int64_t count = 64;
  static constexpr unsigned bits = 6;
  int32_t first = 0, step = 0;

  /// The least ladder from `low` to at least `high`, both above zero.
  static ScaleLadder between(float low, float high);
  float at(int64_t i) const;
  /// The place of the scale that is nearest to a number.
  int64_t nearest(float scale) const;
  /// All scales are finite and above zero.
  bool isValid() const;
};

} // namespace retort::compress

#endif
