// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The two kernels of a product with a constant weight: one packs the rows, one computes the tiles.
#ifndef RETORT_LIB_CODEGEN_LINEARKERNELS_H
#define RETORT_LIB_CODEGEN_LINEARKERNELS_H

#include "dialects/Linear/MultiplyStep.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace retort {

/// How a product is computed.
struct KernelPlan {
  linear::ProductOp product;
  StepWeight weight;
  const MultiplyStep &step;
  TileShape shape;
  bool isPortable;
  /// Whether tiles of many rows fetch the next panel while they multiply by this one.
  bool fetchesAhead = false;

  llvm::SmallVector<mlir::MemRefType> scratch() const {
    return step.scratch(weight, shape, weight.format.getContext());
  }
  /// Blocks of rows in which tiles take the weight: as many as leave a block of a panel in the
  /// second cache, whatever its depth, where tiles of many rows read it again and again.
  int64_t countBlocks() const;
};

/// kernel(rows, scratch ..., work): fills the scratch, as the step says. The work of one tile is in
/// elements.
mlir::func::FuncOp makePackKernel(const KernelPlan &plan);

/// kernel(scratch ..., parts of the weight ..., init, work): the work of a tile and a block of a
/// panel is in multiplications.
mlir::func::FuncOp makeTileKernel(const KernelPlan &plan);

/// The same for a step that takes blocks; the work is that of a strip of `panelsOfStrip` panels.
mlir::func::FuncOp makeBlockKernel(const KernelPlan &plan);
int64_t panelsOfStrip(const KernelPlan &plan);

/// Either's function, whose loops may be shared as `retort.kernel` says. Tells the builder its
/// arguments, and stands at its begin.
mlir::func::FuncOp startTileKernel(TileBuilder &b, const KernelPlan &plan, llvm::StringRef loops);

} // namespace retort

#endif
