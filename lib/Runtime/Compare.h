// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How far a tensor is from the one that was expected.
#ifndef RETORT_LIB_RUNTIME_COMPARE_H
#define RETORT_LIB_RUNTIME_COMPARE_H

#include "lib/Runtime/Tensor.h"

#include <cmath>

namespace retort::runtime {

/// An element may be off by absolute + relative * |expected| + ofLargest * the largest |expected|
/// of its tensor.
struct Tolerance {
  double relative = 0, absolute = 0, ofLargest = 0;
};

struct Comparison {
  /// Type and shape of both where they differ; nothing is compared then.
  std::string mismatch;
  /// Largest |found - expected|, and largest of it over |expected| where that is not 0. Infinite
  /// where one of the two is no number and the other is, or is another infinity.
  double absolute = 0, relative = 0;
  /// The largest finite |expected|.
  double largest = 0;
  /// Elements beyond the tolerance, and the first of them.
  int64_t beyond = 0, first = -1;
  /// The element that is farthest beyond it, or nearest to being so: its place and both values.
  int64_t worst = -1;
  double worstFound = 0, worstExpected = 0;

  /// The largest difference as a part of the largest element.
  double ofLargest() const { return absolute == 0 ? 0 : absolute / largest; }

  /// How far off the worst element is, as a part of itself and of the largest element.
  double worstRelative() const { return worstOff() / std::abs(worstExpected); }
  double worstOfLargest() const { return worstOff() / largest; }

  bool agrees() const { return mismatch.empty() && beyond == 0; }

private:
  double worstOff() const { return std::abs(worstFound - worstExpected); }
};

Comparison compare(const Tensor &found, const Tensor &expected, const Tolerance &tolerance);

} // namespace retort::runtime

#endif
