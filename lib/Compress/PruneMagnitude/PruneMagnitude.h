// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Magnitude pruning on plain arrays.
#ifndef RETORT_LIB_COMPRESS_PRUNEMAGNITUDE_PRUNEMAGNITUDE_H
#define RETORT_LIB_COMPRESS_PRUNEMAGNITUDE_PRUNEMAGNITUDE_H

#include "llvm/ADT/ArrayRef.h"

#include <cstdint>
#include <vector>

namespace retort {

/// Sets the `count` entries of smallest magnitude to zero; of equal ones the first. NaN counts as
/// largest.
void zeroSmallest(llvm::MutableArrayRef<float> values, size_t count);

/// Of each column of `values` (rows x columns, row-major) sets all but the `kept` largest
/// magnitudes to zero; of equal ones the first go. Calls keep(row, column) for those that stay, row
/// by row.
void zeroAllBut(llvm::MutableArrayRef<float> values, int64_t columns, int64_t kept,
                llvm::function_ref<void(int64_t row, int64_t column)> keep);

/// Finds the `count` smallest magnitudes of arrays too large to sort, by counting: all values are
/// seen three times, in the same order.
class SmallestMagnitudes {
public:
  SmallestMagnitudes();
  /// First: counts values by the high half of their magnitudes.
  void countHigh(llvm::ArrayRef<float> values);
  /// Second: counts those in the half where the last to go lies.
  void choose(uint64_t count);
  void countLow(llvm::ArrayRef<float> values);
  void finish();
  /// Third: whether this value goes; of equal ones the first do.
  bool goes(float value);

private:
  std::vector<uint64_t> counts;
  uint64_t left = 0; ///< of those in the half, then of those equal to the last
  uint32_t high = 0, last = 0;
  bool none = false;
};

} // namespace retort

#endif
