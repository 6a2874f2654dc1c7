// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a kernel builds with that packs the rows of a product.
#ifndef RETORT_DIALECTS_LINEAR_ROWBUILDER_H
#define RETORT_DIALECTS_LINEAR_ROWBUILDER_H

#include "dialects/Linear/TileBuilder.h"

namespace retort {

/// Builds with values of the kernel that packs rows, for the present group of the present row.
class RowBuilder : public VectorBuilder {
public:
  RowBuilder(mlir::Location loc, mlir::MLIRContext *context, TileShape shape, const RowOrder &order)
      : VectorBuilder(loc, context, shape), order(order) {}

  const RowOrder order;
  /// The rows MxK, and what they are packed into: first the numbers, then what else the step keeps.
  mlir::Value rows;
  Values scratch;
  /// The present row: its tile, its number in that and among the rows, and the group of it.
  mlir::Value tile, rowInTile, row, group;

  /// The number at a place of a word of the group, as f32; zero where the group or the matrix ends
  /// before it.
  mlir::Value read(mlir::Value word, int64_t place);
  /// The numbers of a whole word.
  mlir::Value readWord(mlir::Value word);
  /// The word's number among those of all groups.
  mlir::Value wordOfAll(mlir::Value word);
  /// Writes to a part of the scratch, at `tile, row, position`.
  void store(mlir::Value value, unsigned part, mlir::Value position);
};

} // namespace retort

#endif
