// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a constant is to a model: the products that multiply with it, and the lookups of its rows.
#ifndef RETORT_LIB_ANALYSIS_WEIGHTUSES_H
#define RETORT_LIB_ANALYSIS_WEIGHTUSES_H

#include "mlir/IR/Operation.h"

namespace retort {

/// One operation that reads a constant as a weight, perhaps behind others that only rearrange or
/// convert it.
struct WeightUse {
  enum class Kind {
    Product, ///< sums over an axis of it
    Lookup,  ///< takes rows of it
  };
  Kind kind;
  mlir::OpOperand *operand;
  /// The axis of the constant along which the product sums: the weights of an output lie along it.
  /// Of a lookup the axis of a row. -1 where it is not known.
  int64_t inputAxis;
  /// The result is one of the model, but for conversions, and for arithmetic with constants.
  bool makesOutput;
  /// Of a product the axis of `activation()` along which it sums; -1 where it is not known.
  int64_t activationAxis = -1;

  mlir::Operation *op() const { return operand->getOwner(); }
  /// What is multiplied with the weight, or the indices of the rows.
  mlir::Value activation() const;
};

/// All of them, in the order of the uses. Names tell nothing.
llvm::SmallVector<WeightUse> usesOfWeight(mlir::Value constant);

/// Whether an operation swaps the two axes of a matrix.
bool transposesMatrix(mlir::Operation *op);

/// The operation that normalizes the rows of a value: a LayerNormalization or llm.rms_norm, through
/// what only rearranges or converts; null where there is none.
mlir::Operation *normBefore(mlir::Value activation);

/// All uses together.
struct WeightRoles {
  bool linear = false;    ///< operand of a product
  bool embedding = false; ///< rows of it are looked up
  bool output = false;    ///< its products are a result of the model
  /// That of the first product; of an embedding that is nothing else the axis of a row.
  int64_t inputAxis = -1;
};
WeightRoles rolesOf(mlir::Value constant);

} // namespace retort

#endif
