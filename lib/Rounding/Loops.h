// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The innermost loops of rounding.
#ifndef RETORT_LIB_ROUNDING_LOOPS_H
#define RETORT_LIB_ROUNDING_LOOPS_H

#include <cstdint>

namespace retort {

/// y += a x.
void addMultiple(float *y, const float *x, float a, int64_t count);

/// The sum of x y.
float dotProduct(const float *x, const float *y, int64_t count);

/// Of values and the numbers that their nearest codes stand for before they are scaled.
struct FitSums {
  double squaresLeft = 0; ///< of value - scale * number
  double product = 0;     ///< of value * number
  double square = 0;      ///< of number
};

/// Numbers are the integers from `lowest` to `highest`, times `step`, plus `offset`.
struct EvenNumbers {
  float lowest, highest, step, offset;
};
FitSums sumsOfEven(const float *values, int64_t count, float scale, EvenNumbers numbers);

/// Numbers are those of a rising table; `middles` are halfway between two of them.
FitSums sumsOfTable(const float *values, int64_t count, float scale, const float *table,
                    const float *middles, int64_t entries);

} // namespace retort

#endif
