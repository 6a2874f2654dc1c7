// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The innermost loops over activations.
#include "lib/Calibrate/RowLoops.h"
#include "lib/Support/Vectorized.h"

#include <cmath>
#include <cstring>

using namespace retort;

RETORT_VECTORIZED void retort::addRows(StripeSums &sums, float *__restrict least,
                                       float *__restrict most, const float *__restrict rows,
                                       int64_t count, int64_t stride, int64_t width) {
  float *__restrict sum = sums.sum, *__restrict magnitudes = sums.magnitudes,
                    *__restrict squares = sums.squares;
  for (int64_t i = 0; i < count; ++i) {
    const float *row = rows + i * stride;
    for (int64_t k = 0; k < width; ++k) {
      float x = row[k], magnitude = std::fabs(x);
      sum[k] += x;
      magnitudes[k] += magnitude;
      squares[k] += x * x;
      least[k] = x < least[k] ? x : least[k];
      most[k] = x > most[k] ? x : most[k];
    }
  }
}

int64_t retort::countMagnitudes(int64_t *counts, unsigned shift, uint32_t mostBits,
                                const float *rows, int64_t count, int64_t stride, int64_t width) {
  int64_t bad = -1;
  for (int64_t i = 0; i < count; ++i)
    for (int64_t k = 0; k < width; ++k) {
      uint32_t bits;
      std::memcpy(&bits, rows + i * stride + k, sizeof(bits));
      bits &= 0x7FFFFFFF;
      ++counts[bits >> shift];
      if (bits > mostBits && bad < 0)
        bad = i * width + k;
    }
  return bad;
}
