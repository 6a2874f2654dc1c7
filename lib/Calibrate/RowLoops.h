// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The innermost loops over activations.
#ifndef RETORT_LIB_CALIBRATE_ROWLOOPS_H
#define RETORT_LIB_CALIBRATE_ROWLOOPS_H

#include <cstdint>

namespace retort {

/// Of some neighbouring inputs.
struct StripeSums {
  static constexpr int64_t most = 256;
  float sum[most] = {}, magnitudes[most] = {}, squares[most] = {};
};

/// Adds `count` rows of `width` inputs, which lie `stride` apart; `least` and `most`
/// have the least and the largest number of each so far.
void addRows(StripeSums &sums, float *least, float *most, const float *rows, int64_t count,
             int64_t stride, int64_t width);

/// Counts magnitudes by the bits of an f32 from `shift` on. Returns the place, row * width + input,
/// of the first whose bits are above `mostBits`; -1 where there is none.
int64_t countMagnitudes(int64_t *counts, unsigned shift, uint32_t mostBits, const float *rows,
                        int64_t count, int64_t stride, int64_t width);

} // namespace retort

#endif
