// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Inference of operations that keep the elements and change the shape.
#include "dialects/Onnx/Shape/Infer.h"

using namespace mlir;
using namespace retort::onnx;

/// The size that -1 stands for: what the others leave of the whole.
static FailureOr<Polynomial> remainder(Operation *op, SymbolicDims &dims,
                                       const SymbolicShape &input, ArrayRef<Polynomial> others) {
  Polynomial whole = productOf(input), taken = productOf(others);
  if (auto size = whole.dividedBy(taken))
    return *size;
  if (whole.constant() && taken.constant() && *taken.constant() != 0) {
    op->emitOpError() << "expects a shape of " << *whole.constant()
                      << " elements, found sizes whose product is " << *taken.constant();
    return failure();
  }
  return dims.opaque(dims.text(whole) + " / " + dims.text(taken));
}

LogicalResult retort::onnx::inferReshape(Operation *op, SymbolicDims &dims) {
  Type element = elementOf(op->getOperand(0));
  MaybeShape input = dims.shape(op->getOperand(0)), length = dims.shape(op->getOperand(1));
  auto target = dims.contents(op->getOperand(1));
  if (!target) {
    MaybeShape shape;
    if (length && length->size() == 1 && length->front().constant())
      shape = unknownShape(dims, op->getResult(0), *length->front().constant());
    setResult(op, dims, 0, element, shape);
    return success();
  }
  bool allowZero = intAttribute(op, "allowzero", 0);
  SymbolicShape shape, others;
  std::optional<unsigned> rest;
  for (auto [axis, size] : llvm::enumerate(target->elements)) {
    std::optional<int64_t> constant = size.constant();
    if (constant == -1 && rest)
      return op->emitOpError() << "expects at most one size of -1, found two";
    if (constant == -1) {
      rest = axis;
      shape.push_back(0);
      continue;
    }
    if (constant && *constant < -1)
      return op->emitOpError() << "expects sizes of at least -1, found " << *constant;
    if (constant == 0 && !allowZero) {
      if (input && axis >= input->size())
        return op->emitOpError() << "expects a size to keep at axis " << axis
                                 << ", found an operand of rank " << input->size();
      shape.push_back(input ? (*input)[axis] : dims.fresh(op->getResult(0), axis));
    } else if (!constant && !dims.isNonNegative(size)) {
      // May be -1.
      shape.push_back(dims.fresh(op->getResult(0), axis));
    } else {
      shape.push_back(size);
    }
    others.push_back(shape.back());
  }
  if (rest) {
    FailureOr<Polynomial> size = input ? remainder(op, dims, *input, others)
                                       : FailureOr<Polynomial>(dims.fresh(op->getResult(0), *rest));
    if (failed(size))
      return failure();
    shape[*rest] = *size;
  } else if (input && productOf(*input).constant() && productOf(shape).constant() &&
             productOf(*input) != productOf(shape)) {
    return op->emitOpError() << "expects a shape of " << *productOf(*input).constant()
                             << " elements, found " << textOf(dims, shape);
  }
  setResult(op, dims, 0, element, shape);
  return success();
}

LogicalResult retort::onnx::inferFlatten(Operation *op, SymbolicDims &dims) {
  Type element = elementOf(op->getOperand(0));
  MaybeShape shape = dims.shape(op->getOperand(0));
  if (!shape) {
    setResult(op, dims, 0, element, unknownShape(dims, op->getResult(0), 2));
    return success();
  }
  int64_t rank = shape->size(), axis = intAttribute(op, "axis", 1);
  axis = axis < 0 ? axis + rank : axis;
  if (axis < 0 || axis > rank)
    return op->emitOpError() << "expects an axis in [" << -rank << ", " << rank << "], found "
                             << intAttribute(op, "axis", 1);
  ArrayRef<Polynomial> sizes = *shape;
  setResult(op, dims, 0, element,
            SymbolicShape{productOf(sizes.take_front(axis)), productOf(sizes.drop_front(axis))});
  return success();
}

LogicalResult retort::onnx::inferSqueeze(Operation *op, SymbolicDims &dims) {
  Type element = elementOf(op->getOperand(0));
  MaybeShape shape = dims.shape(op->getOperand(0)), result;
  Value given = slotAt(operandSlots(op), 1);
  auto axes = dims.constants(given);
  MaybeShape length = dims.shape(given);
  if (shape && given && axes) {
    SmallVector<bool> drop(shape->size(), false);
    for (int64_t named : *axes) {
      FailureOr<int64_t> axis = axisOf(op, named, shape->size());
      if (failed(axis))
        return failure();
      if (auto size = (*shape)[*axis].constant(); size && *size != 1)
        return op->emitOpError() << "expects size 1 at axis " << *axis << ", found " << *size;
      drop[*axis] = true;
    }
    result = SymbolicShape();
    for (auto [size, dropped] : llvm::zip_equal(*shape, drop))
      if (!dropped)
        result->push_back(size);
  } else if (shape && given && length && length->size() == 1 && length->front().constant()) {
    result =
        unknownShape(dims, op->getResult(0), int64_t(shape->size()) - *length->front().constant());
  } else if (shape && !given) {
    result = SymbolicShape();
    for (const Polynomial &size : *shape) {
      std::optional<bool> isOne = dims.equal(size, Polynomial(1));
      // The rank depends on a size that is known at run time.
      if (!isOne) {
        result = std::nullopt;
        break;
      }
      if (!*isOne)
        result->push_back(size);
    }
  }
  setResult(op, dims, 0, element, result);
  return success();
}

LogicalResult retort::onnx::inferUnsqueeze(Operation *op, SymbolicDims &dims) {
  Type element = elementOf(op->getOperand(0));
  MaybeShape shape = dims.shape(op->getOperand(0)), length = dims.shape(op->getOperand(1)), result;
  auto axes = dims.constants(op->getOperand(1));
  if (shape && axes) {
    int64_t rank = shape->size() + axes->size();
    SmallVector<bool> added(rank, false);
    for (int64_t named : *axes) {
      FailureOr<int64_t> axis = axisOf(op, named, rank);
      if (failed(axis))
        return failure();
      if (added[*axis])
        return op->emitOpError() << "expects different axes, found " << *axis << " twice";
      added[*axis] = true;
    }
    result = SymbolicShape();
    auto next = shape->begin();
    for (bool isNew : added)
      result->push_back(isNew ? Polynomial(1) : *next++);
  } else if (shape && length && length->size() == 1 && length->front().constant()) {
    result =
        unknownShape(dims, op->getResult(0), int64_t(shape->size()) + *length->front().constant());
  }
  setResult(op, dims, 0, element, result);
  return success();
}

LogicalResult retort::onnx::inferTranspose(Operation *op, SymbolicDims &dims) {
  Type element = elementOf(op->getOperand(0));
  MaybeShape shape = dims.shape(op->getOperand(0)), result;
  auto order = intsAttribute(op, "perm");
  if (shape && !order) {
    result = SymbolicShape(shape->rbegin(), shape->rend());
  } else if (shape) {
    SmallVector<int64_t> sorted = *order;
    llvm::sort(sorted);
    if (!llvm::equal(sorted, llvm::seq<int64_t>(shape->size())))
      return op->emitOpError() << "expects an order of " << shape->size()
                               << " axes, found another 'perm'";
    result = SymbolicShape();
    for (int64_t axis : *order)
      result->push_back((*shape)[axis]);
  } else if (order) {
    result = unknownShape(dims, op->getResult(0), order->size());
  }
  setResult(op, dims, 0, element, result);
  return success();
}
