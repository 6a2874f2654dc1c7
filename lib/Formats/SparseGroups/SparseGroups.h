// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Codes of which n of each m rows of a column are kept: how they are found, packed and multiplied.
#ifndef RETORT_LIB_FORMATS_SPARSEGROUPS_SPARSEGROUPS_H
#define RETORT_LIB_FORMATS_SPARSEGROUPS_SPARSEGROUPS_H

#include "dialects/Linear/Linear.h"
#include "dialects/Linear/WeightMatrix.h"

namespace retort {

/// Codes of a whole matrix, as they are asked for when they are packed, a place at a time.
struct SparseGroupsMatrix {
  int64_t bits, size, depth, columns; ///< size: rows that share a scale
  mlir::FloatType element;            ///< of scales
  /// Codes and zero points with a sign; no zero points: all 0.
  std::function<int64_t(int64_t k, int64_t n)> code;
  std::function<double(int64_t group, int64_t n)> scale;
  std::function<int64_t(int64_t group, int64_t n)> zero;

  /// Packed by the pattern that its zeros have; nullopt where they have none that kernels read, or
  /// where plain codes take no more bytes.
  std::optional<WeightMatrix> pack() const;
};

/// The sums of the present tile.
TileBuilder::Values sumSparseGroups(TileBuilder &b, linear::SparseGroupsAttr format,
                                    const RowOrder &order);

} // namespace retort

#endif
