// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Rotations of pairs of coordinates, told from the matrices that a linear map is at several
// positions.
#ifndef RETORT_LIB_RECOGNIZE_ROTATION_H
#define RETORT_LIB_RECOGNIZE_ROTATION_H

#include "lib/Support/Refusal.h"

#include "llvm/ADT/ArrayRef.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace retort {

/// Linear maps of one head, by row: coefficient (row, out, in) of an N x D x D array.
struct RowMaps {
  int64_t rows = 0, size = 0;
  std::vector<double> coefficients;

  RowMaps(int64_t rows, int64_t size) : rows(rows), size(size), coefficients(rows * size * size) {}
  double &at(int64_t row, int64_t out, int64_t in) {
    return coefficients[(row * size + out) * size + in];
  }
  double at(int64_t row, int64_t out, int64_t in) const {
    return coefficients[(row * size + out) * size + in];
  }
};

/// y[outputOrder[i]] = z[i] where z is the rotary embedding (RoFormer, 2104.09864, eq. 34) of
/// x[inputOrder[i]]: of the first `width` coordinates, pair p is (p, p + width / 2), or (2p, 2p +
/// 1) if interleaved; it is turned by (cos, sin)[row, p] and scaled by their length. The other
/// coordinates pass.
struct Rotation {
  bool interleaved = false;
  int64_t width = 0;
  std::vector<int64_t> inputOrder, outputOrder;
  /// Of each row, width / 2 numbers.
  std::vector<double> cos, sin;

  bool keepsInputOrder() const;
  bool keepsOutputOrder() const;
};

/// Tells the rotation from its maps. The first row must stand at position 0, where nothing turns:
/// its map is the order alone. nullopt with `why` where the maps are something else.
std::optional<Rotation> tellRotation(const RowMaps &maps, Refusal &why);

/// The rotation of one row x of any length, in place of the maps: what tellRotation is compared
/// with.
std::vector<double> rotate(const Rotation &rotation, int64_t row, llvm::ArrayRef<double> x);

} // namespace retort

#endif
