// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// One option for each of many things, within a budget of bytes, at the least sum of prices.
#ifndef RETORT_LIB_COMPRESS_ALLOCATE_KNAPSACK_H
#define RETORT_LIB_COMPRESS_ALLOCATE_KNAPSACK_H

#include "llvm/ADT/ArrayRef.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace retort {

struct KnapsackOption {
  int64_t bytes;
  double price;
};
using KnapsackItem = std::vector<KnapsackOption>;

struct KnapsackChoice {
  std::vector<size_t> picks; ///< an option of each item
  int64_t bytes = 0;
  double price = 0;
  /// No choice within the budget has a lower price; `price` itself where the choice is exact.
  double bound = 0;
};

/// Exact by dynamic programming over bytes, in units of their greatest common divisor, where that
/// takes at most `mostCells` cells; else what options on the lower convex hull of each item give,
/// with the bound of the linear relaxation. nullopt where not even the smallest options fit.
std::optional<KnapsackChoice> chooseOptions(llvm::ArrayRef<KnapsackItem> items, int64_t budget,
                                            int64_t mostCells = int64_t(1) << 28);

/// The least bytes that the items can take.
int64_t leastBytes(llvm::ArrayRef<KnapsackItem> items);

} // namespace retort

#endif
