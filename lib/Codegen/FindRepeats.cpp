// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Where a sequence says the same several times in a row.
//   x a b c a b c a b y   ->   from 1 on, 2 pieces of 3 symbols (or from 2 or 3 on: the cost
//   decides)
#include "lib/Codegen/FindRepeats.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/Hashing.h"
#include "llvm/ADT/STLExtras.h"

using namespace llvm;
using namespace retort;

/// So many symbols tell where something is said again; what is shorter is no repeat.
static constexpr size_t window = 8;

/// So many distances are tried, the most frequent ones.
static constexpr size_t tries = 16;

/// The distances from each window to the next one of the same symbols, most frequent first.
static SmallVector<size_t> likelyPeriods(ArrayRef<uint64_t> symbols) {
  DenseMap<size_t, size_t> counts;
  DenseMap<uint64_t, size_t> last;
  for (size_t i = 0; i + window <= symbols.size(); ++i) {
    // Two values are the map's own marks.
    uint64_t hash = uint64_t(hash_combine_range(symbols.slice(i, window))) >> 1;
    auto [known, isNew] = last.try_emplace(hash, i);
    if (!isNew)
      ++counts[i - known->second];
    known->second = i;
  }
  SmallVector<std::pair<size_t, size_t>> order;
  for (auto [distance, count] : counts)
    order.push_back({count, distance});
  llvm::sort(order, [](auto a, auto b) {
    return a.first != b.first ? a.first > b.first : a.second < b.second;
  });
  if (order.size() > tries)
    order.resize(tries);
  return map_to_vector(order, [](auto entry) { return entry.second; });
}

/// The longest stretch in which each symbol is that of a period later: where it begins, and how
/// many there are.
static std::pair<size_t, size_t> longestStretch(ArrayRef<uint64_t> symbols, size_t period) {
  std::pair<size_t, size_t> best{0, 0};
  size_t begin = 0;
  for (size_t i = 0; i + period < symbols.size(); ++i) {
    if (symbols[i] != symbols[i + period])
      begin = i + 1;
    else if (i + 1 - begin > best.second)
      best = {begin, i + 1 - begin};
  }
  return best;
}

std::optional<Repeats> retort::findRepeats(ArrayRef<uint64_t> symbols, ArrayRef<int64_t> cost,
                                           size_t leastSaved) {
  std::optional<Repeats> best;
  size_t slack = 0;
  for (size_t period : likelyPeriods(symbols)) {
    auto [begin, length] = longestStretch(symbols, period);
    Repeats found{begin, period, length / period + 1};
    if (found.count < 2 || found.saved() < leastSaved || period < window)
      continue;
    bool isBetter = !best || found.saved() > best->saved() ||
                    (found.saved() == best->saved() && period < best->period);
    if (isBetter) {
      best = found;
      slack = length % period;
    }
  }
  if (!best)
    return best;
  auto starts = cost.slice(best->begin, slack + 1);
  best->begin += llvm::min_element(starts) - starts.begin();
  return best;
}
