// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How the numbers of a weight are spread, seen in one pass and without knowing their scale.
#ifndef RETORT_LIB_WEIGHTS_MAGNITUDES_H
#define RETORT_LIB_WEIGHTS_MAGNITUDES_H

#include "llvm/ADT/ArrayRef.h"

#include <cstdint>
#include <string>
#include <vector>

namespace retort {

/// Counts |w| in quarters of octaves. Bin b begins at 2^(b div 4) (1 + (b mod 4) / 4).
class Magnitudes {
public:
  void add(float value);
  void add(llvm::ArrayRef<float> values);

  int64_t count() const { return seen; }
  float largest() const { return most; }
  /// The root of the mean square.
  double typical() const;
  /// A list: the first bin, then how many numbers each bin from it on has. Zeros, and what is less
  /// than a thousandth of the largest, are left out. "[0]" where there is nothing.
  std::string bins() const;

private:
  std::vector<int64_t> counts; // by the upper bits of the number
  int64_t seen = 0;
  double squares = 0;
  float most = 0;
};

} // namespace retort

#endif
