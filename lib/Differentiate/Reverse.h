// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reverse mode over the operations of one function.
#ifndef RETORT_LIB_DIFFERENTIATE_REVERSE_H
#define RETORT_LIB_DIFFERENTIATE_REVERSE_H

#include "lib/Support/Refusal.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace retort {

/// What is computed twice rather than kept.
struct Recomputation {
  /// A scalar of floats that is 1 when the function runs; null: all is kept.
  mlir::Value unit;
  /// Where all values that the gradient reads take no more than that, they are kept.
  int64_t mostBytes = 0;
};

/// What the gradient of a value has from elsewhere: of the one that an operation reads, whatever
/// gives it.
struct GradientShare {
  mlir::OpOperand *use;
  mlir::Value gradient;
};

/// Adds, in front of the end of a function, operations that compute the gradients of a scalar of
/// floats with respect to some of the function's values; zeros where it does not depend on one.
/// Instead of a scalar it may be any value of floats, of which `seed` is the gradient; values that
/// it depends on may have `shares` of their gradients from elsewhere.
/// All shapes are static. What has no rule is first replaced by its body, where it is a function.
/// Refuses, with the place, what has neither and lies on the way from one of the values to the
/// scalar. Recomputed or not, numbers are the same to the bit.
llvm::FailureOr<llvm::SmallVector<mlir::Value>>
addGradients(mlir::Value scalar, llvm::ArrayRef<mlir::Value> values, Refusal &refusal,
             const Recomputation &recomputation = {}, mlir::Value seed = {},
             llvm::ArrayRef<GradientShare> shares = {});

} // namespace retort

#endif
