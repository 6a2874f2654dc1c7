// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A step of a matrix unit: sums are too many for vector registers, and both operands lie in memory
// as the unit takes them. So a block of a panel of the weight is decoded once, and all tiles of
// rows are multiplied by it.
#ifndef RETORT_DIALECTS_LINEAR_BLOCKSTEP_H
#define RETORT_DIALECTS_LINEAR_BLOCKSTEP_H

#include "dialects/Linear/MultiplyStep.h"

namespace retort {

/// Builds with values of the kernel that multiplies blocks. The present block has rows firstRow ...
/// firstRow + rowCount - 1 of the weight, in the order in which it is packed.
class BlockBuilder : public TileBuilder {
public:
  BlockBuilder(mlir::Location loc, mlir::MLIRContext *context, TileShape shape, bool isPortable)
      : TileBuilder(loc, context, shape), isPortable(isPortable) {}

  const bool isPortable;
  /// The buffers that the step asked for: the decoded block, what else it needs, and the sums of
  /// all tiles of rows and panels that are summed side by side.
  mlir::Value decoded, unit, sums;
  /// Where the present tile's sums lie in them, and how many rows it has.
  mlir::Value slot, rowsInTile;
  /// Whether the present block is the first, as i1; null where there is one.
  mlir::Value isFirst;
};

class BlockStep : public MultiplyStep {
public:
  const BlockStep *asBlockStep() const final { return this; }
  VectorBuilder::Values sumTile(TileBuilder &, const StepWeight &, bool) const final;

  // When it can serve, asked where the model runs, as i1. A product that it cannot take goes to the
  // step that would have it without this one.
  /// Whether this process may use the unit.
  virtual mlir::Value isPermitted(VectorBuilder &builder, mlir::ModuleOp module) const = 0;
  /// Whether it multiplies what the rows were packed into.
  virtual mlir::Value canMultiply(VectorBuilder &builder, mlir::ValueRange scratch) const = 0;

  /// Rows of the weight in a block: a multiple of `depth`.
  virtual int64_t blockRows(const StepWeight &weight) const = 0;
  /// Of one decoded block, of what the unit needs beside it (no type: nothing), of sums: any number
  /// of tiles.
  virtual mlir::MemRefType decodedType(const StepWeight &weight,
                                       mlir::MLIRContext *context) const = 0;
  virtual mlir::MemRefType unitType(bool isPortable, mlir::MLIRContext *context) const = 0;
  virtual mlir::MemRefType sumsType(mlir::MLIRContext *context) const = 0;

  /// Before the first block of a thread's part, and behind its last.
  virtual void begin(BlockBuilder &builder) const = 0;
  virtual void end(BlockBuilder &builder) const = 0;
  /// Decodes the present block of the present panel.
  virtual void decode(BlockBuilder &builder, const StepWeight &weight) const = 0;
  /// Multiplies the present tile of rows by it: starts its sums where the block is the first, else
  /// goes on.
  virtual void multiply(BlockBuilder &builder, const StepWeight &weight) const = 0;
  /// The sums of a row of the present tile, vector by vector.
  virtual VectorBuilder::Values sumsOfRow(BlockBuilder &builder, mlir::Value row) const = 0;
  /// What scales the columns of the present panel behind the last block; nothing where nothing
  /// does.
  virtual VectorBuilder::Values columnScales(BlockBuilder &, const StepWeight &) const {
    return {};
  }
};

} // namespace retort

#endif
