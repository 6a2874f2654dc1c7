// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Inference of results as large as the operands: element-wise operations and broadcasts.
#include "dialects/Onnx/Shape/Infer.h"

#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace retort::onnx;

std::string retort::onnx::textOf(SymbolicDims &dims, const SymbolicShape &shape) {
  return "[" +
         llvm::join(llvm::map_range(shape, [&](const Polynomial &size) { return dims.text(size); }),
                    ", ") +
         "]";
}

LogicalResult retort::onnx::expectSameElements(Operation *op, ArrayRef<Value> values) {
  Type first;
  for (Value value : values) {
    Type element = elementOf(value);
    if (first && element && element != first)
      return op->emitOpError() << "expects operands of one element type, found " << first << " and "
                               << element;
    first = first ? first : element;
  }
  return success();
}

FailureOr<MaybeShape> retort::onnx::broadcastOf(Operation *op, SymbolicDims &dims,
                                                ArrayRef<MaybeShape> shapes) {
  SymbolicShape result;
  for (const MaybeShape &shape : shapes)
    if (!shape)
      return MaybeShape();
  for (const MaybeShape &shape : shapes) {
    SymbolicShape before = result;
    if (shape->size() > result.size())
      result.insert(result.begin(), shape->size() - result.size(), Polynomial(1));
    size_t lead = result.size() - shape->size();
    for (size_t axis = 0; axis < shape->size(); ++axis) {
      std::optional<Polynomial> size = dims.broadcast(result[lead + axis], (*shape)[axis]);
      if (!size) {
        op->emitOpError() << "expects shapes that broadcast against each other, found "
                          << textOf(dims, before) << " and " << textOf(dims, *shape);
        return failure();
      }
      result[lead + axis] = *size;
    }
  }
  return MaybeShape(result);
}

FailureOr<int64_t> retort::onnx::axisOf(Operation *op, int64_t given, int64_t rank) {
  int64_t axis = frontAxis(given, rank);
  if (axis >= 0)
    return axis;
  op->emitOpError() << "expects an axis in [" << -rank << ", " << rank << "), found " << given;
  return failure();
}

SymbolicShape retort::onnx::unknownShape(SymbolicDims &dims, Value result, int64_t rank) {
  SymbolicShape shape;
  for (int64_t axis = 0; axis < rank; ++axis)
    shape.push_back(dims.fresh(result, axis));
  return shape;
}

LogicalResult retort::onnx::inferSame(Operation *op, SymbolicDims &dims) {
  setResult(op, dims, 0, elementOf(op->getOperand(0)), dims.shape(op->getOperand(0)));
  return success();
}

LogicalResult retort::onnx::inferSameShapeBool(Operation *op, SymbolicDims &dims) {
  setResult(op, dims, 0, IntegerType::get(op->getContext(), 1), dims.shape(op->getOperand(0)));
  return success();
}

LogicalResult retort::onnx::inferCastLike(Operation *op, SymbolicDims &dims) {
  setResult(op, dims, 0, elementOf(op->getOperand(1)), dims.shape(op->getOperand(0)));
  return success();
}

LogicalResult retort::onnx::inferCast(Operation *op, SymbolicDims &dims) {
  setResult(op, dims, 0, elementTypeOf(op->getContext(), intAttribute(op, "to", 0)),
            dims.shape(op->getOperand(0)));
  return success();
}

LogicalResult retort::onnx::inferDropout(Operation *op, SymbolicDims &dims) {
  setResult(op, dims, 1, IntegerType::get(op->getContext(), 1), dims.shape(op->getOperand(0)));
  return inferSame(op, dims);
}

static LogicalResult inferBroadcastTo(Operation *op, SymbolicDims &dims, Type element) {
  FailureOr<MaybeShape> shape = broadcastOf(
      op, dims,
      llvm::map_to_vector(op->getOperands(), [&](Value value) { return dims.shape(value); }));
  if (failed(shape))
    return failure();
  setResult(op, dims, 0, element, *shape);
  return success();
}

LogicalResult retort::onnx::inferBroadcast(Operation *op, SymbolicDims &dims) {
  // Pow and PRelu may mix types; so may BitShift not.
  StringRef name = op->getName().stripDialect();
  if (name != "Pow" && failed(expectSameElements(op, llvm::to_vector(op->getOperands()))))
    return failure();
  Type element;
  for (Value operand : op->getOperands())
    if (!element && (name != "Pow" || operand == op->getOperand(0)))
      element = elementOf(operand);
  return inferBroadcastTo(op, dims, element);
}

LogicalResult retort::onnx::inferCompare(Operation *op, SymbolicDims &dims) {
  if (failed(expectSameElements(op, llvm::to_vector(op->getOperands()))))
    return failure();
  return inferBroadcastTo(op, dims, IntegerType::get(op->getContext(), 1));
}

LogicalResult retort::onnx::inferWhere(Operation *op, SymbolicDims &dims) {
  if (failed(expectSameElements(op, {op->getOperand(1), op->getOperand(2)})))
    return failure();
  Type element = elementOf(op->getOperand(1));
  return inferBroadcastTo(op, dims, element ? element : elementOf(op->getOperand(2)));
}
