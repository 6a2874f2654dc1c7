// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Makes typed operations whose result types follow by inference.
#ifndef RETORT_DIALECTS_ONNX_BUILD_H
#define RETORT_DIALECTS_ONNX_BUILD_H

#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Value.h"

namespace retort {

/// A builder at one location.
class OnnxBuilder {
public:
  OnnxBuilder(mlir::OpBuilder &builder, mlir::Location loc) : builder(builder), loc(loc) {}

  mlir::OpBuilder &raw() { return builder; }
  mlir::Location location() const { return loc; }

  mlir::Value integers(llvm::ArrayRef<int64_t> values);
  /// A scalar of the element type.
  mlir::Value number(double value, mlir::Type element);

  mlir::Value cast(mlir::Value value, mlir::Type element);
  mlir::Value add(mlir::Value a, mlir::Value b);
  mlir::Value subtract(mlir::Value a, mlir::Value b);
  mlir::Value multiply(mlir::Value a, mlir::Value b);
  mlir::Value maximum(mlir::Value a, mlir::Value b);
  mlir::Value minimum(mlir::Value a, mlir::Value b);
  mlir::Value power(mlir::Value a, mlir::Value exponent);
  mlir::Value product(mlir::Value a, mlir::Value b);
  mlir::Value divide(mlir::Value a, mlir::Value b);
  mlir::Value less(mlir::Value a, mlir::Value b);
  mlir::Value tanh(mlir::Value value);
  mlir::Value squareRoot(mlir::Value value);
  mlir::Value isNaN(mlir::Value value);
  /// Along the last axis.
  mlir::Value softmax(mlir::Value scores);
  /// Along the last axis, which stays with one element.
  mlir::Value meanAlongLast(mlir::Value value);
  /// Over these axes, which stay with one element.
  mlir::Value reduceSum(mlir::Value value, llvm::ArrayRef<int64_t> axes);
  mlir::Value rmsNormalization(mlir::Value value, mlir::Value weight, float epsilon);
  mlir::Value gather(mlir::Value table, mlir::Value indices, int64_t axis);
  mlir::Value scatterElements(mlir::Value data, mlir::Value indices, mlir::Value updates,
                              int64_t axis);
  mlir::Value shape(mlir::Value value);
  mlir::Value equal(mlir::Value a, mlir::Value b);
  mlir::Value both(mlir::Value a, mlir::Value b);
  mlir::Value invert(mlir::Value condition);
  mlir::Value choose(mlir::Value condition, mlir::Value yes, mlir::Value no);
  mlir::Value transpose(mlir::Value value, llvm::ArrayRef<int64_t> order);
  mlir::Value unsqueeze(mlir::Value value, llvm::ArrayRef<int64_t> axes);
  mlir::Value squeeze(mlir::Value value, llvm::ArrayRef<int64_t> axes);
  /// 0 copies a size, -1 is the rest.
  mlir::Value reshape(mlir::Value value, llvm::ArrayRef<int64_t> shape);
  mlir::Value reshape(mlir::Value value, mlir::Value shape);
  /// Elements begin to end along one axis.
  mlir::Value slice(mlir::Value value, int64_t axis, int64_t begin, int64_t end);
  /// `count` elements along one axis, `stride` apart.
  mlir::Value sliceEvery(mlir::Value value, int64_t axis, int64_t begin, int64_t count,
                         int64_t stride);
  /// The elements of an axis in another order.
  mlir::Value reorder(mlir::Value value, int64_t axis, llvm::ArrayRef<int64_t> order);
  /// Rows of a table, by their numbers.
  mlir::Value lookUp(mlir::Value table, mlir::Value rows);
  mlir::Value negate(mlir::Value value);
  mlir::Value concat(mlir::ValueRange values, int64_t axis);
  mlir::Value expand(mlir::Value value, mlir::Value shape);
  /// With zeros; `pads` as ONNX has them: in front of all axes, then behind.
  mlir::Value pad(mlir::Value value, mlir::Value pads);
  /// 0, 1, ... below the scalar.
  mlir::Value range(mlir::Value limit);
  /// Writes rows of a cache (batch x heads x rows x width) from the row that `begin` tells for each
  /// part of the batch.
  mlir::Value scatterRows(mlir::Value cache, mlir::Value rows, mlir::Value begin);
  /// The size of an axis, as a tensor of one integer.
  mlir::Value size(mlir::Value value, int64_t axis);

private:
  mlir::Value inferred(mlir::Operation *op);
  mlir::Type unranked(mlir::Value like);

  mlir::OpBuilder &builder;
  mlir::Location loc;
};

} // namespace retort

#endif
