// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Inference of reductions, and of what picks the largest elements.
#include "dialects/Onnx/Shape/Infer.h"

using namespace mlir;
using namespace retort::onnx;

static SymbolicShape reduced(const SymbolicShape &shape, ArrayRef<bool> drop, bool keep) {
  SymbolicShape result;
  for (auto [size, dropped] : llvm::zip_equal(shape, drop))
    if (!dropped || keep)
      result.push_back(dropped ? Polynomial(1) : size);
  return result;
}

LogicalResult retort::onnx::inferReduce(Operation *op, SymbolicDims &dims) {
  SmallVector<Value> slots = operandSlots(op);
  Value axes = slotAt(slots, 1);
  Type element = elementOf(slots[0]);
  MaybeShape shape = dims.shape(slots[0]);
  auto known = dims.constants(axes);
  MaybeShape length = dims.shape(axes);
  std::optional<int64_t> count;
  if (length && length->size() == 1)
    count = length->front().constant();
  bool keep = intAttribute(op, "keepdims", 1), none = !axes || count == 0;
  if (!shape) {
    setResult(op, dims, 0, element, std::nullopt);
    return success();
  }
  if (none && intAttribute(op, "noop_with_empty_axes", 0)) {
    setResult(op, dims, 0, element, shape);
    return success();
  }
  if (!none && !known) {
    // How many axes there are tells the rank.
    int64_t rank = shape->size(), left = rank - (keep ? 0 : count.value_or(0));
    if (keep || (count && left >= 0))
      setResult(op, dims, 0, element, unknownShape(dims, op->getResult(0), left));
    return success();
  }
  SmallVector<bool> drop(shape->size(), none);
  for (int64_t given : known ? *known : SmallVector<int64_t>()) {
    FailureOr<int64_t> axis = axisOf(op, given, shape->size());
    if (failed(axis))
      return failure();
    drop[*axis] = true;
  }
  setResult(op, dims, 0, element, reduced(*shape, drop, keep));
  return success();
}

LogicalResult retort::onnx::inferArgReduce(Operation *op, SymbolicDims &dims) {
  Type element = IntegerType::get(op->getContext(), 64);
  MaybeShape shape = dims.shape(op->getOperand(0));
  if (!shape) {
    setResult(op, dims, 0, element, std::nullopt);
    return success();
  }
  FailureOr<int64_t> axis = axisOf(op, intAttribute(op, "axis", 0), shape->size());
  if (failed(axis))
    return failure();
  SmallVector<bool> drop(shape->size(), false);
  drop[*axis] = true;
  setResult(op, dims, 0, element, reduced(*shape, drop, intAttribute(op, "keepdims", 1)));
  return success();
}

LogicalResult retort::onnx::inferTopK(Operation *op, SymbolicDims &dims) {
  MaybeShape shape = dims.shape(op->getOperand(0));
  if (shape) {
    FailureOr<int64_t> axis = axisOf(op, intAttribute(op, "axis", -1), shape->size());
    if (failed(axis))
      return failure();
    auto k = dims.contents(op->getOperand(1));
    (*shape)[*axis] =
        k && k->elements.size() == 1 ? k->elements[0] : dims.fresh(op->getResult(0), *axis);
  }
  setResult(op, dims, 0, elementOf(op->getOperand(0)), shape);
  setResult(op, dims, 1, IntegerType::get(op->getContext(), 64), shape);
  return success();
}
