// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What makes the logits of a row: the last product, and what follows it. So logits can be made
// again of some rows at a time.
#ifndef RETORT_LIB_DIFFERENTIATE_LOGITHEAD_H
#define RETORT_LIB_DIFFERENTIATE_LOGITHEAD_H

#include "dialects/Onnx/Build.h"

#include "mlir/IR/Operation.h"

#include <optional>

namespace retort {

/// A product with a matrix, and element-wise operations on its result that treat all rows alike:
/// factors, caps, biases of columns.
class LogitHead {
public:
  /// Of logits, TxV; nullopt where they are made in another way.
  static std::optional<LogitHead> of(mlir::Value logits);

  /// What the product reads, TxK in some shape.
  mlir::Value rows() const { return source; }
  int64_t width() const;
  /// Values beside the rows that logits follow from.
  llvm::SmallVector<mlir::Value> others() const;
  /// The logits, RxV, of some rows, RxK.
  mlir::Value logitsOf(OnnxBuilder &build, mlir::Value rows) const;

private:
  mlir::Value source;
  /// From the product to the logits, each with the operand that the rows come in by.
  llvm::SmallVector<mlir::OpOperand *> way;
};

} // namespace retort

#endif
