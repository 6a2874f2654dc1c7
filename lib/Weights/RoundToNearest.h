// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Uniform quantization on plain arrays.
#ifndef RETORT_LIB_WEIGHTS_ROUNDTONEAREST_H
#define RETORT_LIB_WEIGHTS_ROUNDTONEAREST_H

#include "dialects/Compress/Groups.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLFunctionalExtras.h"

#include <vector>

namespace retort {

/// Integer codes: signed ones around zero where symmetric, else from 0 on.
struct UniformCode {
  unsigned bits;
  bool symmetric;
  int lowest() const { return symmetric ? -(1 << (bits - 1)) : 0; }
  int highest() const { return lowest() + (1 << bits) - 1; }
};

/// What a group shares: a code stands for (code - zero) * scale.
struct UniformScale {
  float scale;
  int zero;
};

/// The scale of a group whose elements lie between `low` and `high`:
///   symmetric:   scale = max(|low|, |high|) / (2^(bits-1) - 1/2), zero = 0
///   asymmetric:  scale = (max(high, 0) - min(low, 0)) / (2^bits - 1), zero = round(-min(low, 0) /
///   scale)
/// `round` brings the scale to the type that it is stored in. A group of zeros has scale 1. In f32
/// throughout, rounding to nearest even, as PyTorch computes it.
UniformScale fitScale(float low, float high, UniformCode code,
                      llvm::function_ref<float(float)> round);

/// Quantizes an array that is seen piece by piece, twice: once for its ranges and once for its
/// codes.
class RoundToNearest {
public:
  RoundToNearest(compress::Groups groups, UniformCode code);

  /// First pass. The index of the first element that is not finite, or -1.
  int64_t observe(int64_t begin, llvm::ArrayRef<float> values);
  /// Between the passes.
  void fit(llvm::function_ref<float(float)> round = [](float scale) { return scale; });
  /// In the place of the first pass: scales that are known, one for each entry of the groups.
  void use(std::vector<UniformScale> scales) { fitted = std::move(scales); }
  /// Second pass: writes the codes, packed, to `packed` (zeroed bytes of the whole array), and what
  /// they stand for in place of the values.
  void encode(int64_t begin, llvm::MutableArrayRef<float> values, char *packed) const;

  llvm::ArrayRef<UniformScale> scales() const { return fitted; }

private:
  compress::Groups groups;
  UniformCode code;
  std::vector<float> low, high;
  std::vector<UniformScale> fitted;
};

} // namespace retort

#endif
