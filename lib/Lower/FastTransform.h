// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The discrete Fourier transform of many signals side by side, in O(n log n).
#ifndef RETORT_LIB_LOWER_FASTTRANSFORM_H
#define RETORT_LIB_LOWER_FASTTRANSFORM_H

#include "lib/Lower/Emitter.h"

namespace retort {

/// Complex signals, `width` of them: element [i * width + s] of each tensor is that of point i of
/// signal s, in f32 or f64.
struct Signals {
  Value re, im;
};

/// Transforms of a power of two points, by Stockham's algorithm: each stage reads one tensor and
/// writes another in order, so that there is no reversal of bits, and its innermost loop is over
/// neighbours.
class FastTransform {
public:
  /// Of the next power of two that is not less than `least`, a size of tensors that exist.
  FastTransform(Emitter &e, Value least, Type element);

  Value points() const { return count; }
  /// X[k] = sum over i of x[i] exp(-2 pi i k / points).
  Signals forward(Signals signals, Value width);

private:
  Signals stage(Signals in, std::optional<Signals> into, int64_t radix, Value done, Value width);
  Value factors(Value wave, int64_t radix, Value left, Value done);

  Emitter &e;
  Type element;
  Value levels, count;  ///< count is 2^levels
  Value cosines, sines; ///< of -2 pi i / count, for all i below count
};

} // namespace retort

#endif
