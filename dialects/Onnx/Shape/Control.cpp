// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Inference through operations that hold graphs.
#include "dialects/Onnx/Shape/Infer.h"

using namespace mlir;
using namespace retort::onnx;

/// What both branches agree on: an unknown rank where they differ in it, an unknown size where they
/// differ there.
static MaybeShape joined(SymbolicDims &dims, Value result, const MaybeShape &a,
                         const MaybeShape &b) {
  if (!a || !b || a->size() != b->size())
    return std::nullopt;
  SymbolicShape shape;
  for (auto [axis, x, y] : llvm::enumerate(*a, *b))
    shape.push_back(x == y ? x : dims.fresh(result, axis));
  return shape;
}

LogicalResult retort::onnx::inferIf(Operation *op, SymbolicDims &dims) {
  for (Region &region : op->getRegions())
    if (failed(dims.infer(region.front())))
      return failure();
  // else_branch, then_branch.
  Operation *otherwise = op->getRegion(0).front().getTerminator(),
            *then = op->getRegion(1).front().getTerminator();
  auto condition = dims.constants(op->getOperand(0));
  for (auto [index, result] : llvm::enumerate(op->getResults())) {
    Value a = then->getOperand(index), b = otherwise->getOperand(index);
    MaybeShape shape = joined(dims, result, dims.shape(a), dims.shape(b));
    if (condition && condition->size() == 1)
      shape = dims.shape(condition->front() ? a : b);
    Type element = elementOf(a);
    dims.set(result, element ? element : elementOf(b), shape);
  }
  return success();
}

/// Sizes of what a loop carries may change in the first run: only what stays the same is known.
LogicalResult retort::onnx::inferLoop(Operation *op, SymbolicDims &dims) {
  SmallVector<Value> slots = operandSlots(op);
  Block &body = op->getRegion(0).front();
  auto int64 = IntegerType::get(op->getContext(), 64);
  for (auto [index, argument] : llvm::enumerate(body.getArguments())) {
    if (index == 0)
      dims.set(argument, int64, SymbolicShape());
    else if (index == 1)
      dims.set(argument, IntegerType::get(op->getContext(), 1), SymbolicShape());
    else if (Value initial = slotAt(slots, index))
      if (MaybeShape shape = dims.shape(initial))
        dims.set(argument, elementOf(initial), unknownShape(dims, argument, shape->size()));
  }
  if (failed(dims.infer(body)))
    return failure();
  Operation *end = body.getTerminator();
  unsigned carried = body.getNumArguments() - std::min(2u, body.getNumArguments());
  for (auto [index, result] : llvm::enumerate(op->getResults())) {
    Value last = end->getOperand(index + 1);
    MaybeShape shape = dims.shape(last);
    if (index < carried) {
      setResult(op, dims, index, elementOf(last),
                shape ? MaybeShape(unknownShape(dims, result, shape->size())) : shape);
    } else if (shape) {
      SymbolicShape stacked = unknownShape(dims, result, shape->size() + 1);
      for (auto [axis, size] : llvm::enumerate(*shape))
        if (size.constant())
          stacked[axis + 1] = size;
      setResult(op, dims, index, elementOf(last), stacked);
    }
  }
  return success();
}

/// Entry `i` of a list of axes, which is 0 where it is left out.
static int64_t axisAt(Operation *op, StringRef list, unsigned i) {
  auto axes = intsAttribute(op, list);
  return axes && i < axes->size() ? (*axes)[i] : 0;
}

/// What the body gets: the states, and a slice of each list.
static FailureOr<Polynomial> inferScanArguments(Operation *op, SymbolicDims &dims,
                                                unsigned states) {
  Polynomial count = dims.fresh(op->getResult(0), 0);
  for (auto [i, argument] : llvm::enumerate(op->getRegion(0).front().getArguments())) {
    Value given = i < op->getNumOperands() ? op->getOperand(i) : Value();
    MaybeShape shape = dims.shape(given);
    if (!shape)
      continue;
    if (i >= states) {
      FailureOr<int64_t> axis =
          axisOf(op, axisAt(op, "scan_input_axes", i - states), shape->size());
      if (failed(axis))
        return failure();
      count = (*shape)[*axis];
      shape->erase(shape->begin() + *axis);
    }
    dims.set(argument, elementOf(given), shape);
  }
  return count;
}

/// States keep their shapes; lists are slices put together.
LogicalResult retort::onnx::inferScan(Operation *op, SymbolicDims &dims) {
  unsigned states = op->getNumOperands() - intAttribute(op, "num_scan_inputs", 0);
  Block &body = op->getRegion(0).front();
  FailureOr<Polynomial> count = inferScanArguments(op, dims, states);
  if (failed(count) || failed(dims.infer(body)))
    return failure();
  Operation *end = body.getTerminator();
  for (unsigned i = 0; i < op->getNumResults(); ++i) {
    Value last = end->getOperand(i);
    MaybeShape shape = i < states ? dims.shape(op->getOperand(i)) : dims.shape(last);
    if (shape && i >= states) {
      FailureOr<int64_t> axis =
          axisOf(op, axisAt(op, "scan_output_axes", i - states), shape->size() + 1);
      if (failed(axis))
        return failure();
      shape->insert(shape->begin() + *axis, *count);
    }
    setResult(op, dims, i, elementOf(last), shape);
  }
  return success();
}
