// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// n of each m numbers: how they are packed, multiplied and written in ONNX.
#ifndef RETORT_LIB_FORMATS_SPARSE_SPARSE_H
#define RETORT_LIB_FORMATS_SPARSE_SPARSE_H

#include "dialects/Linear/Linear.h"
#include "dialects/Linear/WeightMatrix.h"
#include "lib/Formats/Sparse/SparseWeight.h"

namespace retort {

struct SparseMatrix {
  linear::SparseAttr format;
  int64_t depth, columns;
  mlir::FloatType element;
  /// The number where it is kept.
  std::function<std::optional<float>(int64_t k, int64_t n)> number;
};

llvm::SmallVector<mlir::ElementsAttr> packSparse(const SparseMatrix &weight);

/// Plain numbers whose zeros have a pattern that kernels read; nullopt where they have none.
std::optional<WeightMatrix> sparseMatrix(const compress::WeightExpression &source, bool isSwapped);

/// The sums of the present tile.
TileBuilder::Values sumSparse(TileBuilder &b, linear::SparseAttr format, const RowOrder &order);

/// Puts the zeros back, as ONNX needs them.
bool fillUp(compress::DecodeSparseOp op);

} // namespace retort

#endif
