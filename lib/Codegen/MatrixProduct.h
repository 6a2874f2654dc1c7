// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Matrix products among the kernels: what they multiply, and their loops in tiles.
#ifndef RETORT_LIB_CODEGEN_MATRIXPRODUCT_H
#define RETORT_LIB_CODEGEN_MATRIXPRODUCT_H

#include "dialects/Linear/VectorBuilder.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace retort {

/// A product: leading loops of the batch, then i, k, j (`byColumn`: j is innermost) or i, j, k. a
/// is read at i and k, or at k and i (`isTurned`).
struct MatrixKernel {
  mlir::linalg::GenericOp op;
  int64_t batch;
  bool byColumn;
  mlir::Value a, b, c;
  bool isTurned = false;

  /// Whether the operand (0: a, 1: b, 2: c) has an axis of the loop.
  bool runsAlong(unsigned operand, int64_t loop) const;
  /// The size of a loop that c has an axis of, where it is known.
  std::optional<int64_t> knownSize(int64_t loop) const;
  int64_t rowLoop() const { return batch; }
  int64_t columnLoop() const { return byColumn ? batch + 2 : batch + 1; }
};

/// The operation as a product of f32 matrices whose last axes are contiguous, if it is one.
std::optional<MatrixKernel> matchMatrixKernel(mlir::linalg::GenericOp op);

/// Replaces the product by loops over tiles of at most that shape. Returns the loops that may be
/// shared, as `retort.kernel` names them.
std::string tileMatrixKernel(MatrixKernel product, TileShape shape);

} // namespace retort

#endif
