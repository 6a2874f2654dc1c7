// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Inference of the discrete Fourier transform: real numbers have one element along the last axis,
// complex ones two.
#include "dialects/Onnx/Shape/Infer.h"
#include "dialects/Onnx/Fourier/Fourier.h"

using namespace mlir;
using namespace retort::onnx;

/// One axis becomes as long as dft_length says; one-sided transforms have half of it, and one
/// more. An inverse one-sided transform gives real numbers.
LogicalResult retort::onnx::inferDft(Operation *op, SymbolicDims &dims) {
  SmallVector<Value> slots = operandSlots(op);
  Type element = elementOf(slots[0]);
  MaybeShape shape = dims.shape(slots[0]);
  Value length = slotAt(slots, 1), axisValue = slotAt(slots, 2);
  auto axes = dims.constants(axisValue);
  if (!shape || shape->size() < 2 || (axisValue && !axes)) {
    MaybeShape unknown;
    if (shape)
      unknown = unknownShape(dims, op->getResult(0), shape->size());
    setResult(op, dims, 0, element, unknown);
    return success();
  }
  bool inverse = intAttribute(op, "inverse", 0), onesided = intAttribute(op, "onesided", 0);
  FailureOr<int64_t> axis = axisOf(op, axes ? axes->front() : -2, shape->size());
  if (failed(axis))
    return failure();
  if (*axis == int64_t(shape->size()) - 1)
    return op->emitOpError("expects an axis before the last one, which holds real and imaginary "
                           "parts, found ")
           << *axis;
  std::optional<Polynomial> count;
  if (!length)
    count = (*shape)[*axis];
  else if (auto contents = dims.contents(length); contents && contents->elements.size() == 1)
    count = contents->elements.front();
  if (!length && onesided && inverse)
    count = ((*shape)[*axis] - Polynomial(1)) * Polynomial(2);
  MaybeShape result = unknownShape(dims, op->getResult(0), shape->size());
  for (size_t i = 0; i + 1 < shape->size(); ++i)
    (*result)[i] = (*shape)[i];
  result->back() = Polynomial(onesided && inverse ? 1 : 2);
  MaybeShape fresh = unknownShape(dims, op->getResult(0), shape->size());
  (*result)[*axis] = (*fresh)[*axis];
  if (count && (!onesided || inverse))
    (*result)[*axis] = *count;
  else if (auto number = count ? count->constant() : std::nullopt)
    (*result)[*axis] = Polynomial(*number / 2 + 1);
  else if (auto half = count ? count->dividedBy(Polynomial(2)) : std::nullopt)
    (*result)[*axis] = *half + Polynomial(1);
  setResult(op, dims, 0, element, result);
  return success();
}
