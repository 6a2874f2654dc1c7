// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The two kernels of a product with a constant weight: one packs the rows, one computes the tiles.
#ifndef RETORT_LIB_CODEGEN_LINEARKERNELS_H
#define RETORT_LIB_CODEGEN_LINEARKERNELS_H

#include "dialects/Linear/Linear.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace retort {

/// kernel(rows, packed[, group sums], work): fills the packed rows, see RowOrder. The work of one
/// tile is in elements.
mlir::func::FuncOp makePackKernel(linear::ProductOp product, const RowOrder &order,
                                  TileShape shape);

/// Blocks of rows in which tiles take the weight: as many as leave a block of a panel in the second
/// cache, whatever its depth, where tiles of many rows read it again and again.
int64_t countBlocks(linear::ProductOp product, TileShape shape);

/// kernel(packed[, group sums], parts of the weight ..., init, work): the work of a tile and a
/// block of a panel is in multiplications.
mlir::func::FuncOp makeTileKernel(linear::ProductOp product, const RowOrder &order,
                                  TileShape shape);

} // namespace retort

#endif
