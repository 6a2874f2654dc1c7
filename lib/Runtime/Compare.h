// How far a tensor is from the one that was expected.
#ifndef RETORT_LIB_RUNTIME_COMPARE_H
#define RETORT_LIB_RUNTIME_COMPARE_H

#include "lib/Runtime/Tensor.h"

namespace retort::runtime {

struct Comparison {
  /// Type and shape of both where they differ; nothing is compared then.
  std::string mismatch;
  /// Largest |found - expected|, and largest of it over |expected| where that is not 0. Infinite
  /// where one of the two is no number and the other is, or is another infinity.
  double absolute = 0, relative = 0;
  /// Elements beyond atol + rtol * |expected|, and the first of them.
  int64_t beyond = 0, first = -1;

  bool agrees() const { return mismatch.empty() && beyond == 0; }
};

Comparison compare(const Tensor &found, const Tensor &expected, double rtol, double atol);

} // namespace retort::runtime

#endif
