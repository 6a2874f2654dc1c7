// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Sums of products over one axis, however they are written: MatMul, FusedMatMul, Einsum.
#ifndef RETORT_LIB_RECOGNIZE_PRODUCT_H
#define RETORT_LIB_RECOGNIZE_PRODUCT_H

#include "mlir/IR/Operation.h"
#include "mlir/IR/Value.h"
#include "llvm/ADT/SmallVector.h"

#include <optional>

namespace retort {

/// One operand of a product: where each of its axes goes.
struct Factor {
  static constexpr int summed = -1;

  mlir::Value value;
  /// An axis of the result, or `summed`. An axis of size 1 may stand for a larger one of the
  /// result.
  llvm::SmallVector<int> axes;

  bool hasAxis(int axis) const { return llvm::is_contained(axes, axis); }
};

/// result = scale * sum over the summed axis of left * right.
struct Product {
  mlir::Operation *op = nullptr;
  Factor left, right;
  double scale = 1;
  unsigned rank = 0;
};

/// nullopt where the operation is no such product, or ranks are not known.
std::optional<Product> productOf(mlir::Operation *op);

} // namespace retort

#endif
