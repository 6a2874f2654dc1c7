// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Constants, shapes, and tensors made of them.
#include "dialects/Onnx/ElementType.h"
#include "dialects/Onnx/Evaluate/Attributes.h"
#include "dialects/Onnx/Evaluate/Walk.h"
#include "dialects/Onnx/Families.h"

#include "mlir/IR/BuiltinTypes.h"

#include <cmath>

using namespace mlir;
using namespace retort::onnx;

Evaluated retort::onnx::evaluateConstant(Operation *op, ArrayRef<Tensor>) {
  return one(Tensor::of(op->getAttr("value")));
}

Evaluated retort::onnx::evaluateShape(Operation *op, ArrayRef<Tensor> inputs) {
  int64_t rank = inputs[0].rank();
  auto clamp = [&](int64_t at) { return std::clamp<int64_t>(at < 0 ? at + rank : at, 0, rank); };
  int64_t start = clamp(intAttribute(op, "start", 0)), end = clamp(intAttribute(op, "end", rank));
  return one(Tensor::ints(op->getContext(),
                          inputs[0].shape().slice(start, std::max<int64_t>(0, end - start))));
}

Evaluated retort::onnx::evaluateSize(Operation *op, ArrayRef<Tensor> inputs) {
  return one(Tensor::ints(op->getContext(), {inputs[0].size()}).reshaped({}));
}

Evaluated retort::onnx::evaluateConstantOfShape(Operation *op, ArrayRef<Tensor> inputs) {
  Tensor value = Tensor::scalar(Float32Type::get(op->getContext()), 0);
  if (Attribute given = op->getAttr("value"))
    value = Tensor::of(given);
  Tensor result =
      value && value.size() == 1 ? Tensor::zeros(value.element(), inputs[0].integers()) : Tensor();
  if (!result)
    return failure();
  for (Cell &cell : result.writable())
    cell = value.cells()[0];
  return one(result);
}

Evaluated retort::onnx::evaluateRange(Operation *, ArrayRef<Tensor> inputs) {
  const Tensor &start = inputs[0], &limit = inputs[1], &delta = inputs[2];
  if (start.size() != 1 || limit.size() != 1 || delta.size() != 1 || delta.number(0) == 0)
    return failure();
  // Where a double holds no integer of this size exactly, the run counts.
  for (const Tensor *number : {&start, &limit, &delta})
    if (!number->isFloat() && std::fabs(number->number(0)) > 0x1p52)
      return failure();
  double count = std::ceil((limit.number(0) - start.number(0)) / delta.number(0));
  if (!(count < 1e12))
    return failure();
  Tensor result = Tensor::zeros(start.element(), {count > 0 ? int64_t(count) : 0});
  if (!result)
    return failure();
  int64_t i = 0;
  for (Cell &cell : result.writable()) {
    if (result.isFloat())
      cell.f = start.number(0) + double(i++) * delta.number(0);
    else
      cell.i = start.integer(0) + i++ * delta.integer(0);
  }
  return one(result.round());
}

Evaluated retort::onnx::evaluateEyeLike(Operation *op, ArrayRef<Tensor> inputs) {
  const Tensor &input = inputs[0];
  int64_t dataType = intAttribute(op, "dtype", 0), k = intAttribute(op, "k", 0);
  Type element = dataType ? elementTypeOf(op->getContext(), dataType) : input.element();
  Tensor result = input.rank() == 2 && element ? Tensor::zeros(element, input.shape()) : Tensor();
  if (!result)
    return failure();
  k = std::clamp(k, -input.dim(0), input.dim(1)); // beyond the matrix: no sum overflows
  MutableArrayRef<Cell> out = result.writable();
  for (int64_t row = std::max<int64_t>(0, -k); row < input.dim(0) && row + k < input.dim(1);
       ++row) {
    Cell &cell = out[row * input.dim(1) + row + k];
    if (result.isFloat())
      cell.f = 1;
    else
      cell.i = 1;
  }
  return one(result);
}

Evaluated retort::onnx::evaluateOneHot(Operation *op, ArrayRef<Tensor> inputs) {
  const Tensor &indices = inputs[0], &values = inputs[2];
  int64_t axis = frontAxis(intAttribute(op, "axis", -1), indices.rank() + 1);
  if (inputs[1].size() != 1 || values.size() != 2 || axis < 0)
    return failure();
  int64_t depth = inputs[1].integer(0);
  Shape shape(indices.shape());
  shape.insert(shape.begin() + axis, depth);
  Tensor result = Tensor::zeros(values.element(), shape);
  if (!result)
    return failure();
  int64_t inner = llvm::product_of(indices.shape().drop_front(axis));
  MutableArrayRef<Cell> out = result.writable();
  for (int64_t i = 0; i < result.size(); ++i) {
    int64_t position = i / inner % depth,
            index = indices.integer(i / inner / depth * inner + i % inner);
    out[i] = values.cells()[position == (index < 0 ? index + depth : index)];
  }
  return one(result);
}

Evaluated retort::onnx::evaluateNonZero(Operation *op, ArrayRef<Tensor> inputs) {
  const Tensor &input = inputs[0];
  SmallVector<int64_t> found;
  for (int64_t i = 0; i < input.size(); ++i)
    if (input.number(i) != 0)
      found.push_back(i);
  Tensor result =
      Tensor::zeros(IntegerType::get(op->getContext(), 64), {input.rank(), int64_t(found.size())});
  if (!result)
    return failure();
  Shape strides = stridesOf(input.shape());
  Cell *out = result.writable().data();
  for (int64_t axis = 0; axis < input.rank(); ++axis)
    for (int64_t at : found)
      (out++)->i = at / strides[axis] % input.dim(axis);
  return one(result);
}
