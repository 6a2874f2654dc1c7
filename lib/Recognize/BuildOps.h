// Makes typed operations whose result types are inferred.
#ifndef RETORT_LIB_RECOGNIZE_BUILDOPS_H
#define RETORT_LIB_RECOGNIZE_BUILDOPS_H

#include "dialects/Onnx/Onnx.h"
#include "dialects/Onnx/Shape/SymbolicDims.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinTypes.h"

namespace retort {

/// The one result of a new operation with the element type of its first operand, unless another one
/// is given.
class OpMaker {
public:
  OpMaker(mlir::OpBuilder &builder, mlir::Location loc) : builder(builder), loc(loc) {}

  mlir::Value integers(llvm::ArrayRef<int64_t> values);
  mlir::Value transpose(mlir::Value value, llvm::ArrayRef<int64_t> order);
  mlir::Value unsqueeze(mlir::Value value, llvm::ArrayRef<int64_t> axes);
  mlir::Value squeeze(mlir::Value value, llvm::ArrayRef<int64_t> axes);
  mlir::Value reshape(mlir::Value value, llvm::ArrayRef<int64_t> shape);
  /// Elements start, start + stride, ... of an axis, `count` of them.
  mlir::Value slice(mlir::Value value, int64_t axis, int64_t start, int64_t count, int64_t stride);
  /// The elements of an axis in another order.
  mlir::Value reorder(mlir::Value value, int64_t axis, llvm::ArrayRef<int64_t> order);
  mlir::Value negate(mlir::Value value);
  mlir::Value add(mlir::Value a, mlir::Value b);
  mlir::Value multiply(mlir::Value a, double factor);
  /// ONNX's number of the element type of `element`.
  mlir::Value cast(mlir::Value value, mlir::Type element, int64_t number);
  /// 0, 1, ... as many as axis `axis` of `value` has elements: 1 x n.
  mlir::Value countAxis(mlir::Value value, int64_t axis);

private:
  template <typename OpT, typename... Args> mlir::Value make(mlir::Type element, Args &&...args);

  mlir::OpBuilder &builder;
  mlir::Location loc;
};

} // namespace retort

#endif
