// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// One operation in reverse mode.
#include "dialects/Retort/Backward.h"
#include "dialects/Onnx/Constants.h"
#include "dialects/Retort/Differentiable.h"

#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace retort;

#include "dialects/Retort/DifferentiableInterface.cpp.inc"

Value Backward::gradient(unsigned result) const {
  return adjoints.sums.lookup(op->getResult(result));
}

Value Backward::gradientOrZeros(unsigned result) {
  if (Value known = gradient(result))
    return known;
  return zeros(op->getResult(result).getType());
}

Value Backward::splat(Type type, double value) {
  auto tensor = cast<RankedTensorType>(type);
  Value number = build.number(value, tensor.getElementType());
  return build.expand(number, build.integers(tensor.getShape()));
}

Value Backward::zeros(Type type) { return splat(type, 0); }

Value Backward::sumTo(Value value, ArrayRef<int64_t> shape) {
  ArrayRef<int64_t> from = shapeOf(value);
  if (from == shape)
    return value;
  SmallVector<int64_t> axes;
  size_t extra = from.size() - shape.size();
  for (size_t axis = 0; axis < from.size(); ++axis)
    if (axis < extra || (shape[axis - extra] == 1 && from[axis] != 1))
      axes.push_back(int64_t(axis));
  if (!axes.empty())
    value = build.reduceSum(value, axes);
  return shapeOf(value) == shape ? value : build.reshape(value, shape);
}

void Backward::add(Value operand, Value gradient) {
  if (!isWanted(operand))
    return;
  auto type = cast<RankedTensorType>(operand.getType());
  gradient = sumTo(build.cast(gradient, type.getElementType()), type.getShape());
  Value &sum = adjoints.sums[operand];
  sum = sum ? build.add(sum, gradient) : gradient;
}
