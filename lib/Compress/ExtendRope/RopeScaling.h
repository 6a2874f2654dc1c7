// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The frequencies of extended rotary embeddings, on plain arrays, in double precision.
#ifndef RETORT_LIB_COMPRESS_EXTENDROPE_ROPESCALING_H
#define RETORT_LIB_COMPRESS_EXTENDROPE_ROPESCALING_H

#include "llvm/ADT/ArrayRef.h"

#include <cstdint>
#include <vector>

namespace retort {

enum class RopeMethod { Pi, Ntk, NtkByParts, Yarn };

struct RopeScaling {
  RopeMethod method;
  /// How many times longer texts are than the `length` of training, in tokens.
  double factor;
  int64_t length;
  /// Turns within that length: pairs above `betaFast` stay, those below `betaSlow` are
  /// interpolated.
  double betaFast = 32, betaSlow = 1;
  /// Blend over the index of the pair, as released code does; false: over the number of turns, as
  /// YaRN (2309.00071), eq. 17.
  bool overIndex = true;
  /// Round the bounds of the blend over the index.
  bool truncate = true;
};

/// Frequencies in radians per position, one for each pair of coordinates. `base` is b of f_k =
/// b^(-2k/D), D twice their number; the blend over the index needs it, nothing else does.
std::vector<double> scaleFrequencies(llvm::ArrayRef<double> frequencies, double base,
                                     const RopeScaling &scaling);

/// Whether scaleFrequencies reads `base`.
bool needsBase(const RopeScaling &scaling);

/// YaRN's sqrt(1/t) = 0.1 ln s + 1 (eq. 22): the factor of cosines and sines.
double yarnAttentionFactor(double factor);

} // namespace retort

#endif
