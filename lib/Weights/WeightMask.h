// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which elements of a weight stay.
#ifndef RETORT_LIB_WEIGHTS_WEIGHTMASK_H
#define RETORT_LIB_WEIGHTS_WEIGHTMASK_H

#include "lib/Weights/LinearWeights.h"

namespace retort {

/// One bit for each element, packed as `compress.decode_sparse` has it.
class WeightMask {
public:
  explicit WeightMask(int64_t size) : bytes((size + 7) / 8) {}
  void keep(int64_t i) { bytes[i / 8] |= char(1 << (i % 8)); }
  bool keeps(int64_t i) const { return (bytes[i / 8] >> (i % 8)) & 1; }
  int64_t count() const;
  llvm::ArrayRef<char> packed() const { return bytes; }

private:
  std::vector<char> bytes;
};

/// Sets what the mask does not keep to zero, in whichever form the weight is: numbers, codes, or
/// the values of a sparse one.
void applyMask(LinearWeight &weight, const WeightMask &mask);

/// Replaces a dense weight by the kept ones, n of each m along its input axis, as the mask says.
void storeKept(LinearWeight &weight, const WeightMask &mask, int64_t n, int64_t m);

} // namespace retort

#endif
