// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Finds the pattern that the zeros of a matrix have, wherever it comes from: a method that pruned
// it, or a file in which the zeros are written out.
#include "lib/Formats/Sparse/RowPattern.h"

using namespace retort;

/// Whether no block of m rows of a column has more than n that are not zero, and some are not.
static bool holds(RowPattern pattern, int64_t depth, int64_t columns,
                  llvm::function_ref<bool(int64_t, int64_t)> isZero) {
  bool isAny = false;
  for (int64_t begin = 0; begin < depth; begin += pattern.m)
    for (int64_t n = 0; n < columns; ++n) {
      int64_t count = 0;
      for (int64_t k = begin; k < std::min(begin + pattern.m, depth); ++k)
        count += !isZero(k, n);
      if (count > pattern.n)
        return false;
      isAny |= count > 0;
    }
  return isAny;
}

RowPattern retort::findPattern(int64_t depth, int64_t columns,
                               llvm::function_ref<bool(RowPattern)> isTaken,
                               llvm::function_ref<bool(int64_t, int64_t)> isZero) {
  // What keeps less comes first, and of what keeps as much the smaller block, whose places take
  // fewer bits. A matrix without zeros is through with each of them after a few rows.
  static constexpr RowPattern patterns[] = {{1, 16}, {1, 8}, {2, 16}, {1, 4}, {2, 8},
                                            {4, 16}, {1, 2}, {2, 4},  {4, 8}, {8, 16}};
  for (RowPattern pattern : patterns)
    if (isTaken(pattern) && holds(pattern, depth, columns, isZero))
      return pattern;
  return {};
}
