// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Where units that can go lie along an axis of a tensor, and where they are behind operations that
// only rearrange it. Plain arrays.
#ifndef RETORT_LIB_COMPRESS_PRUNESTRUCTURED_UNITAXIS_H
#define RETORT_LIB_COMPRESS_PRUNESTRUCTURED_UNITAXIS_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace retort {

/// The unit to which each place along an axis belongs; -1: to none, it stays.
struct UnitAxis {
  int64_t axis = 0;
  std::vector<int32_t> units;

  /// The places of the units that stay, and of what belongs to none.
  std::vector<int64_t> kept(llvm::ArrayRef<char> stays) const;
  /// Those before a place.
  int64_t keptBefore(int64_t place, llvm::ArrayRef<char> stays) const;
};

enum class Merge { Same, Changed, Conflict };

/// Adds what `more` knows to `known`, of the same axis: a place has one unit.
Merge mergeUnits(std::vector<int32_t> &known, llvm::ArrayRef<int32_t> more);

/// `count` units of `length` neighbours each, in order.
std::vector<int32_t> runsOfUnits(int64_t count, int64_t length);

/// The same elements in another shape: heads x width as one axis, and back. Sizes from the axis on
/// must be known (not negative). nullopt where the units do not lie along one axis there.
std::optional<UnitAxis> reshapeUnits(llvm::ArrayRef<int64_t> from, const UnitAxis &units,
                                     llvm::ArrayRef<int64_t> to);

/// The same where as many axes in front, and behind, are known to be as they were, whatever their
/// sizes.
std::optional<UnitAxis> reshapeUnitsBetween(llvm::ArrayRef<int64_t> from, const UnitAxis &units,
                                            llvm::ArrayRef<int64_t> to, int64_t front,
                                            int64_t behind);

} // namespace retort

#endif
