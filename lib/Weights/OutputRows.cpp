// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A weight as the matrix that solvers see.
#include "lib/Weights/OutputRows.h"

#include "llvm/Support/Parallel.h"

using namespace retort;

/// Neighbouring columns that are moved together: what a cache holds of each.
static constexpr int64_t tile = 32;

/// Calls move(place in rows, place in the tensor) for all elements, several threads beside one
/// another.
template <typename Move> static void forEachElement(const compress::Groups &groups, Move move) {
  int64_t tiles = (groups.inner + tile - 1) / tile;
  llvm::parallelFor(0, groups.outer * tiles, [&](int64_t number) {
    int64_t outer = number / tiles, first = number % tiles * tile,
            last = std::min(first + tile, groups.inner);
    for (int64_t k = 0; k < groups.length; ++k)
      for (int64_t column = first; column < last; ++column)
        move((outer * groups.inner + column) * groups.length + k,
             (outer * groups.length + k) * groups.inner + column);
  });
}

std::vector<float> OutputRows::gather(const LinearWeight &weight) const {
  std::vector<float> stored = weight.floats();
  if (groups.inner == 1)
    return stored;
  std::vector<float> rows(stored.size());
  forEachElement(groups, [&](int64_t to, int64_t from) { rows[to] = stored[from]; });
  return rows;
}

template <typename T>
static std::vector<T> scattered(llvm::ArrayRef<T> rows, const compress::Groups &groups) {
  if (groups.inner == 1)
    return rows.vec();
  std::vector<T> stored(rows.size());
  forEachElement(groups, [&](int64_t from, int64_t to) { stored[to] = rows[from]; });
  return stored;
}

std::vector<float> OutputRows::scatter(llvm::ArrayRef<float> rows) const {
  return scattered(rows, groups);
}

std::vector<int8_t> OutputRows::scatter(llvm::ArrayRef<int8_t> rows) const {
  return scattered(rows, groups);
}
