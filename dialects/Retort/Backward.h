// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// One operation in reverse mode: what a rule is given, and where it puts gradients.
#ifndef RETORT_DIALECTS_RETORT_BACKWARD_H
#define RETORT_DIALECTS_RETORT_BACKWARD_H

#include "dialects/Onnx/Build.h"

#include "mlir/IR/Operation.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"

namespace retort {

/// The gradients of values so far, of one walk against the order of a block.
struct Adjoints {
  llvm::DenseMap<mlir::Value, mlir::Value> sums;
  /// Values that a parameter reaches: no other has a gradient.
  llvm::DenseSet<mlir::Value> active;
  std::string refusal; ///< of a rule, without the name of its operation
};

/// Every value is a tensor of static shape; a gradient has the type of its value.
class Backward {
public:
  Backward(mlir::Operation *op, mlir::OpBuilder &builder, Adjoints &adjoints)
      : op(op), build(builder, op->getLoc()), adjoints(adjoints) {}

  /// Null where the loss does not depend on the result.
  mlir::Value gradient(unsigned result = 0) const;
  mlir::Value gradientOrZeros(unsigned result);

  bool isWanted(mlir::Value operand) const { return operand && adjoints.active.contains(operand); }
  /// Adds to the gradient of an operand; one of a larger shape is first summed over the axes that
  /// the operand was broadcast along. Without effect where it is not wanted.
  void add(mlir::Value operand, mlir::Value gradient);

  /// What `value` was broadcast from.
  mlir::Value sumTo(mlir::Value value, llvm::ArrayRef<int64_t> shape);
  mlir::Value zeros(mlir::Type type);
  /// One number everywhere.
  mlir::Value splat(mlir::Type type, double value);

  /// For `return backward.refuse(...)`: why this form has no gradient.
  llvm::LogicalResult refuse(const llvm::Twine &why) {
    adjoints.refusal = why.str();
    return llvm::failure();
  }

  mlir::Operation *const op;
  OnnxBuilder build;

private:
  Adjoints &adjoints;
};

inline llvm::ArrayRef<int64_t> shapeOf(mlir::Value value) {
  return llvm::cast<mlir::RankedTensorType>(value.getType()).getShape();
}

} // namespace retort

#endif
