// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The gradient of a loss with respect to what products of weights give.
#ifndef RETORT_LIB_DIFFERENTIATE_OUTPUTGRADIENTS_H
#define RETORT_LIB_DIFFERENTIATE_OUTPUTGRADIENTS_H

#include "lib/Support/Refusal.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/ADT/StringSet.h"

namespace retort {

/// One weight of outputs y = x W, of N numbers a row.
struct WeightGradients {
  std::string weight;
  int64_t outputs = 0; ///< N
  /// The results of `main` with the gradients, T x N each: one for each product with the weight.
  llvm::SmallVector<int64_t> results;
};

struct OutputGradients {
  /// One function `main`:
  ///
  ///     (tokens: 1xT, labels: 1xT i64) -> (loss: f32, gradients: TxN f32 ...)
  ///
  /// The loss is the sum over tokens of -log p(label), where p is what the model says of what
  /// follows the token.
  mlir::OwningOpRef<mlir::ModuleOp> module;
  std::vector<WeightGradients> weights;
};

/// Of the weights of these names that are matrices, and of which all uses are products with all
/// rows of the text, and that are no ends of the model: others are not among the result. Refuses
/// graphs that read no single text of `context` tokens, operations without a gradient behind one of
/// the weights, and graphs in which none is left.
llvm::FailureOr<OutputGradients> deriveOutputGradients(mlir::func::FuncOp graph, int64_t context,
                                                       const llvm::StringSet<> &names,
                                                       Refusal &refusal);

} // namespace retort

#endif
