// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Inference of operations that put tensors together, or take parts of them.
#include "dialects/Onnx/Evaluate/SliceBounds.h"
#include "dialects/Onnx/Shape/Infer.h"

#include <limits>

using namespace mlir;
using namespace retort::onnx;

LogicalResult retort::onnx::inferConcat(Operation *op, SymbolicDims &dims) {
  if (op->getNumOperands() == 0)
    return op->emitOpError() << "expects at least one operand, found none";
  if (failed(expectSameElements(op, llvm::to_vector(op->getOperands()))))
    return failure();
  MaybeShape result;
  Type element;
  bool complete = true;
  int64_t axis = 0;
  for (Value operand : op->getOperands()) {
    element = element ? element : elementOf(operand);
    MaybeShape shape = dims.shape(operand);
    if (!shape) {
      complete = false;
      continue;
    }
    if (!result) {
      FailureOr<int64_t> front = axisOf(op, intAttribute(op, "axis", 0), shape->size());
      if (failed(front))
        return failure();
      axis = *front;
      result = shape;
      continue;
    }
    if (shape->size() != result->size())
      return op->emitOpError() << "expects operands of one rank, found " << result->size()
                               << " and " << shape->size();
    for (auto [i, size] : llvm::enumerate(*shape)) {
      Polynomial &total = (*result)[i];
      if (int64_t(i) == axis)
        total = total + size;
      else if (size.constant() && total.constant() && size != total)
        return op->emitOpError() << "expects equal sizes at axis " << i << ", found "
                                 << *total.constant() << " and " << *size.constant();
      else {
        dims.expectEqual(total, size);
        total = size.constant() ? size : total;
      }
    }
  }
  if (!complete && result)
    (*result)[axis] = dims.fresh(op->getResult(0), axis);
  setResult(op, dims, 0, element, result);
  return success();
}

LogicalResult retort::onnx::inferSplit(Operation *op, SymbolicDims &dims) {
  Type element = elementOf(op->getOperand(0));
  MaybeShape shape = dims.shape(op->getOperand(0));
  int64_t parts = op->getNumResults();
  auto sizes = dims.contents(slotAt(operandSlots(op), 1) ? op->getOperand(1) : Value());
  FailureOr<int64_t> axis =
      shape ? axisOf(op, intAttribute(op, "axis", 0), shape->size()) : FailureOr<int64_t>(0);
  if (failed(axis))
    return failure();
  if (sizes && int64_t(sizes->elements.size()) != parts)
    return op->emitOpError() << "expects " << parts << " sizes, found " << sizes->elements.size();
  for (int64_t i = 0; i < parts; ++i) {
    MaybeShape part = shape;
    if (part) {
      Polynomial whole = (*shape)[*axis];
      auto equal = whole.dividedBy(Polynomial(parts));
      if (sizes)
        (*part)[*axis] = sizes->elements[i];
      else if (op->getNumOperands() > 1)
        (*part)[*axis] = dims.fresh(op->getResult(i), *axis);
      else if (equal)
        (*part)[*axis] = *equal;
      else if (auto size = whole.constant())
        (*part)[*axis] = std::min((*size + parts - 1) / parts,
                                  std::max<int64_t>(0, *size - i * ((*size + parts - 1) / parts)));
      else
        (*part)[*axis] = dims.fresh(op->getResult(i), *axis);
    }
    setResult(op, dims, i, element, part);
  }
  return success();
}

/// The size that a slice with step 1 leaves, where its bounds are polynomials.
static std::optional<Polynomial> sliceSize(SymbolicDims &dims, const Polynomial &start,
                                           const Polynomial &end, const Polynomial &size) {
  SymbolicDims &d = dims;
  /// A bound brought to [0, size]; nullopt where that depends.
  auto clamped = [&](const Polynomial &bound) -> std::optional<Polynomial> {
    if (auto constant = bound.constant(); constant && *constant < 0) {
      Polynomial at = size + bound;
      if (*constant < -(int64_t(1) << 40))
        return Polynomial(0);
      return d.isNonNegative(at) || at.isZero() ? std::optional<Polynomial>(at) : std::nullopt;
    }
    if (auto constant = bound.constant(); constant && *constant > (int64_t(1) << 40))
      return size;
    if (!d.isNonNegative(bound) && !bound.isZero())
      return std::nullopt;
    if (bound.isZero() || d.isNonNegative(size - bound) || bound == size)
      return bound;
    if (d.isNonNegative(bound - size))
      return size;
    if (size.constant())
      d.noteCut(bound, *size.constant());
    return d.minimum(bound, size);
  };
  std::optional<Polynomial> from = clamped(start), to = clamped(end);
  if (!from || !to)
    return std::nullopt;
  Polynomial length = *to - *from;
  if (length.isZero() || d.isNonNegative(length))
    return length;
  return d.opaque("slice " + d.text(length));
}

LogicalResult retort::onnx::inferSlice(Operation *op, SymbolicDims &dims) {
  SmallVector<Value> slots = operandSlots(op);
  Type element = elementOf(slots[0]);
  MaybeShape shape = dims.shape(slots[0]);
  auto starts = dims.contents(slots[1]), ends = dims.contents(slots[2]);
  auto axes = dims.constants(slotAt(slots, 3)), steps = dims.constants(slotAt(slots, 4));
  if (!shape) {
    setResult(op, dims, 0, element, std::nullopt);
    return success();
  }
  Value result = op->getResult(0);
  MaybeShape count = dims.shape(slots[1]);
  bool axesKnown = axes || !slotAt(slots, 3);
  if (!axesKnown ||
      (!starts && !axes && !(count && count->size() == 1 && count->front().constant()))) {
    setResult(op, dims, 0, element, unknownShape(dims, result, shape->size()));
    return success();
  }
  size_t number = axes     ? axes->size()
                  : starts ? starts->elements.size()
                           : *count->front().constant();
  for (size_t i = 0; i < number; ++i) {
    FailureOr<int64_t> axis = axisOf(op, axes ? (*axes)[i] : int64_t(i), shape->size());
    if (failed(axis))
      return failure();
    Polynomial &size = (*shape)[*axis];
    bool stepKnown = !slotAt(slots, 4) || (steps && i < steps->size());
    int64_t step = steps && i < steps->size() ? (*steps)[i] : 1;
    if (stepKnown && step == 0)
      return op->emitOpError() << "expects a step other than 0, found 0";
    std::optional<Polynomial> sliced;
    if (stepKnown && starts && ends && i < starts->elements.size() && i < ends->elements.size()) {
      const Polynomial &start = starts->elements[i], &end = ends->elements[i];
      if (start.constant() && end.constant() && size.constant())
        sliced = sliceBounds(*start.constant(), *end.constant(), step, *size.constant()).size;
      else if (step == 1)
        sliced = sliceSize(dims, start, end, size);
      else if (step > 1) {
        if (auto length = sliceSize(dims, start, end, size))
          sliced = dims.floorDivide(*length + Polynomial(step - 1), Polynomial(step));
      }
    }
    size = sliced ? *sliced : dims.fresh(result, *axis);
  }
  setResult(op, dims, 0, element, shape);
  return success();
}

LogicalResult retort::onnx::inferPad(Operation *op, SymbolicDims &dims) {
  SmallVector<Value> slots = operandSlots(op);
  MaybeShape shape = dims.shape(slots[0]);
  auto pads = dims.contents(slots[1]);
  auto axes = dims.constants(slotAt(slots, 3));
  if (shape && pads && (axes || !slotAt(slots, 3))) {
    size_t number = axes ? axes->size() : shape->size();
    if (pads->elements.size() != 2 * number)
      return op->emitOpError() << "expects " << 2 * number << " pads, found "
                               << pads->elements.size();
    for (size_t i = 0; i < number; ++i) {
      FailureOr<int64_t> axis = axisOf(op, axes ? (*axes)[i] : int64_t(i), shape->size());
      if (failed(axis))
        return failure();
      (*shape)[*axis] = (*shape)[*axis] + pads->elements[i] + pads->elements[i + number];
    }
  } else if (shape) {
    shape = unknownShape(dims, op->getResult(0), shape->size());
  }
  setResult(op, dims, 0, elementOf(slots[0]), shape);
  return success();
}

LogicalResult retort::onnx::inferTile(Operation *op, SymbolicDims &dims) {
  MaybeShape shape = dims.shape(op->getOperand(0));
  auto repeats = dims.contents(op->getOperand(1));
  if (shape && repeats && repeats->elements.size() != shape->size())
    return op->emitOpError() << "expects " << shape->size() << " repeats, found "
                             << repeats->elements.size();
  for (size_t axis = 0; shape && axis < shape->size(); ++axis)
    (*shape)[axis] =
        repeats ? (*shape)[axis] * repeats->elements[axis] : dims.fresh(op->getResult(0), axis);
  setResult(op, dims, 0, elementOf(op->getOperand(0)), shape);
  return success();
}

LogicalResult retort::onnx::inferGather(Operation *op, SymbolicDims &dims) {
  Type element = elementOf(op->getOperand(0));
  MaybeShape data = dims.shape(op->getOperand(0)), indices = dims.shape(op->getOperand(1)), result;
  if (data) {
    FailureOr<int64_t> axis = axisOf(op, intAttribute(op, "axis", 0), data->size());
    if (failed(axis))
      return failure();
    if (indices) {
      result = SymbolicShape(data->begin(), data->begin() + *axis);
      result->append(indices->begin(), indices->end());
      result->append(data->begin() + *axis + 1, data->end());
    }
  }
  setResult(op, dims, 0, element, result);
  return success();
}

LogicalResult retort::onnx::inferGatherElements(Operation *op, SymbolicDims &dims) {
  setResult(op, dims, 0, elementOf(op->getOperand(0)), dims.shape(op->getOperand(1)));
  return success();
}

LogicalResult retort::onnx::inferGatherND(Operation *op, SymbolicDims &dims) {
  MaybeShape data = dims.shape(op->getOperand(0)), indices = dims.shape(op->getOperand(1)), result;
  int64_t batch = intAttribute(op, "batch_dims", 0);
  if (data && indices && !indices->empty() && indices->back().constant()) {
    int64_t width = *indices->back().constant();
    if (batch + width > int64_t(data->size()))
      return op->emitOpError() << "expects at most " << data->size() - batch << " indices, found "
                               << width;
    result = SymbolicShape(indices->begin(), indices->end() - 1);
    result->append(data->begin() + batch + width, data->end());
  }
  setResult(op, dims, 0, elementOf(op->getOperand(0)), result);
  return success();
}

/// The cache's, but for sizes that the rows to be written tell alone.
LogicalResult retort::onnx::inferTensorScatter(Operation *op, SymbolicDims &dims) {
  MaybeShape cache = dims.shape(op->getOperand(0)), update = dims.shape(op->getOperand(1));
  if (cache && update && cache->size() == update->size()) {
    int64_t rows = frontAxis(intAttribute(op, "axis", -2), cache->size());
    for (size_t i = 0; i < cache->size(); ++i)
      if (int64_t(i) != rows && (*update)[i].constant())
        (*cache)[i] = (*update)[i];
  }
  setResult(op, dims, 0, elementOf(op->getOperand(0)), cache);
  return success();
}
