// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Inference of constants, shapes, and tensors made of them.
#include "dialects/Onnx/Shape/Infer.h"

using namespace mlir;
using namespace retort::onnx;

static Type int64(Operation *op) { return IntegerType::get(op->getContext(), 64); }

/// What an operand that holds a shape says: all sizes, or only how many.
static MaybeShape shapeFrom(Operation *op, SymbolicDims &dims, Value operand) {
  if (auto contents = dims.contents(operand))
    return SymbolicShape(contents->elements.begin(), contents->elements.end());
  MaybeShape length = dims.shape(operand);
  if (length && length->size() == 1 && length->front().constant())
    return unknownShape(dims, op->getResult(0), *length->front().constant());
  return std::nullopt;
}

LogicalResult retort::onnx::inferConstant(Operation *op, SymbolicDims &dims) {
  if (auto value = op->getAttrOfType<ElementsAttr>("value")) {
    SymbolicShape shape;
    for (int64_t size : value.getShapedType().getShape())
      shape.push_back(size);
    setResult(op, dims, 0, value.getElementType(), shape);
  }
  return success();
}

LogicalResult retort::onnx::inferConstantOfShape(Operation *op, SymbolicDims &dims) {
  Type element = Float32Type::get(op->getContext());
  if (auto value = op->getAttrOfType<ElementsAttr>("value"))
    element = value.getElementType();
  setResult(op, dims, 0, element, shapeFrom(op, dims, op->getOperand(0)));
  return success();
}

LogicalResult retort::onnx::inferRange(Operation *op, SymbolicDims &dims) {
  auto start = dims.contents(op->getOperand(0)), limit = dims.contents(op->getOperand(1));
  auto delta = dims.constants(op->getOperand(2));
  Polynomial count = dims.fresh(op->getResult(0), 0);
  if (start && limit && delta && delta->size() == 1 && start->elements.size() == 1 &&
      limit->elements.size() == 1 && delta->front() != 0) {
    Polynomial length = limit->elements[0] - start->elements[0];
    int64_t step = delta->front();
    constexpr int64_t far = int64_t(1) << 61; // from where differences may overflow
    auto isNear = [](const Polynomial &x) {
      return !x.constant() || (*x.constant() < far && *x.constant() > -far);
    };
    bool areNear = isNear(start->elements[0]) && isNear(limit->elements[0]) && isNear(step);
    auto known = length.constant();
    if (known && areNear)
      count =
          std::max<int64_t>(0, step > 0 ? (*known + step - 1) / step : (*known + step + 1) / step);
    else if (!known && step == 1 && dims.isNonNegative(length))
      count = length;
    else if (!known)
      count = dims.opaque("range " + dims.text(length) + " by " + Twine(step));
  }
  setResult(op, dims, 0, elementOf(op->getOperand(0)), SymbolicShape{count});
  return success();
}

LogicalResult retort::onnx::inferShape(Operation *op, SymbolicDims &dims) {
  MaybeShape shape = dims.shape(op->getOperand(0));
  SymbolicShape length{dims.fresh(op->getResult(0), 0)};
  if (shape) {
    int64_t rank = shape->size();
    auto clamp = [&](int64_t at) { return std::clamp<int64_t>(at < 0 ? at + rank : at, 0, rank); };
    length[0] = std::max<int64_t>(0, clamp(intAttribute(op, "end", rank)) -
                                         clamp(intAttribute(op, "start", 0)));
  }
  setResult(op, dims, 0, int64(op), length);
  return success();
}

LogicalResult retort::onnx::inferSize(Operation *op, SymbolicDims &dims) {
  setResult(op, dims, 0, int64(op), SymbolicShape());
  return success();
}

LogicalResult retort::onnx::inferOneHot(Operation *op, SymbolicDims &dims) {
  MaybeShape shape = dims.shape(op->getOperand(0));
  if (shape) {
    FailureOr<int64_t> axis = axisOf(op, intAttribute(op, "axis", -1), shape->size() + 1);
    if (failed(axis))
      return failure();
    auto depth = dims.contents(op->getOperand(1));
    bool known = depth && depth->elements.size() == 1;
    shape->insert(shape->begin() + *axis,
                  known ? depth->elements[0] : dims.fresh(op->getResult(0), *axis));
  }
  setResult(op, dims, 0, elementOf(op->getOperand(2)), shape);
  return success();
}

LogicalResult retort::onnx::inferEyeLike(Operation *op, SymbolicDims &dims) {
  int64_t dataType = intAttribute(op, "dtype", 0);
  Type element =
      dataType ? elementTypeOf(op->getContext(), dataType) : elementOf(op->getOperand(0));
  setResult(op, dims, 0, element, dims.shape(op->getOperand(0)));
  return success();
}

LogicalResult retort::onnx::inferNonZero(Operation *op, SymbolicDims &dims) {
  MaybeShape shape = dims.shape(op->getOperand(0));
  Polynomial rank = shape ? Polynomial(int64_t(shape->size())) : dims.fresh(op->getResult(0), 0);
  setResult(op, dims, 0, int64(op), SymbolicShape{rank, dims.fresh(op->getResult(0), 1)});
  return success();
}

LogicalResult retort::onnx::inferExpand(Operation *op, SymbolicDims &dims) {
  MaybeShape asked = shapeFrom(op, dims, op->getOperand(1)), shape = dims.shape(op->getOperand(0));
  Type element = elementOf(op->getOperand(0));
  FailureOr<MaybeShape> result = broadcastOf(op, dims, {shape, asked});
  if (failed(result))
    return failure();
  setResult(op, dims, 0, element, *result);
  return success();
}
