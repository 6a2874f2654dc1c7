// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Codes of levels with scales that are codes: how they are packed, multiplied and written in ONNX.
#ifndef RETORT_LIB_FORMATS_LEVELS_LEVELS_H
#define RETORT_LIB_FORMATS_LEVELS_LEVELS_H

#include "dialects/Compress/Compress.h"
#include "dialects/Compress/Levels.h"
#include "dialects/Linear/Linear.h"
#include "dialects/Linear/WeightMatrix.h"

namespace retort {

/// Such a weight as a kernel reads it, not packed yet.
struct LevelsMatrix {
  int64_t bits, size, depth, columns;
  compress::ScaleLadder ladder;
  std::function<uint64_t(int64_t k, int64_t n)> code;
  std::function<uint64_t(int64_t group, int64_t n)> scale; ///< places in the ladder

  /// nullopt where the groups are of no size that the format has.
  std::optional<WeightMatrix> pack(mlir::MLIRContext *context) const;
};

/// The sums of the present tile.
TileBuilder::Values sumLevels(TileBuilder &b, linear::LevelsAttr format, const RowOrder &order);

/// Lookups in two tables of numbers in place of the operation.
bool writeLookups(compress::DecodeLevelsOp op);

} // namespace retort

#endif
