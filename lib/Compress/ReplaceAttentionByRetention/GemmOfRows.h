// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Output projections that are written as Gemm (GPT-2), as products of rows.
#ifndef RETORT_LIB_COMPRESS_REPLACEATTENTIONBYRETENTION_GEMMOFROWS_H
#define RETORT_LIB_COMPRESS_REPLACEATTENTIONBYRETENTION_GEMMOFROWS_H

#include "mlir/IR/Operation.h"

namespace retort {

/// The product that reads a value, perhaps moved; and what it reads.
mlir::Operation *productBehind(mlir::Value value, mlir::Value &merged);

/// What a Gemm reads as a matrix, with its axes of texts and rows: B x T x K. Null where a matrix
/// is all there is.
mlir::Value rowsOf(mlir::Value matrix);

/// Writes a plain Gemm behind merged heads as a product of B x T x K and a sum, whose result it
/// reshapes. Others stay.
void writeProductOfRows(mlir::Operation *product);

} // namespace retort

#endif
