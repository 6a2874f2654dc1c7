// Matrix products among the kernels: what they multiply, and their loops in tiles.
#ifndef RETORT_LIB_CODEGEN_MATRIXPRODUCT_H
#define RETORT_LIB_CODEGEN_MATRIXPRODUCT_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace retort {

/// A product: leading loops of the batch, then i, k, j (`byColumn`: j is innermost) or i, j, k.
struct MatrixKernel {
  mlir::linalg::GenericOp op;
  int64_t batch;
  bool byColumn;
  mlir::Value a, b, c;
};

/// The operation as a product of f32 matrices whose last axes are contiguous, if it is one.
std::optional<MatrixKernel> matchMatrixKernel(mlir::linalg::GenericOp op);

/// Replaces the product by loops over tiles that stay in registers.
void tileMatrixKernel(MatrixKernel product);

} // namespace retort

#endif
