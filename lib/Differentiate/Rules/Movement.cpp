// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Gradients of operations that move elements: the way back.
#include "dialects/Onnx/Constants.h"
#include "lib/Differentiate/GradientRules.h"

using namespace mlir;
using namespace retort;

template <typename Op> static LogicalResult reshapeGradient(Op op, Backward &backward) {
  Value data = op->getOperand(0);
  backward.add(data, backward.build.reshape(backward.gradient(), shapeOf(data)));
  return success();
}

static LogicalResult transposeGradient(onnx::TransposeOp op, Backward &backward) {
  size_t rank = shapeOf(op.getData()).size();
  SmallVector<int64_t> inverse(rank);
  std::optional<ArrayRef<int64_t>> order = op.getPerm();
  for (size_t i = 0; i < rank; ++i)
    inverse[order ? (*order)[i] : rank - 1 - i] = int64_t(i);
  backward.add(op.getData(), backward.build.transpose(backward.gradient(), inverse));
  return success();
}

static int64_t front(int64_t axis, Value value) {
  return axis < 0 ? axis + int64_t(shapeOf(value).size()) : axis;
}

static LogicalResult concatGradient(onnx::ConcatOp op, Backward &backward) {
  int64_t axis = front(op.getAxis(), op.getResult()), begin = 0;
  for (Value operand : op->getOperands()) {
    int64_t end = begin + shapeOf(operand)[axis];
    if (backward.isWanted(operand))
      backward.add(operand, backward.build.slice(backward.gradient(), axis, begin, end));
    begin = end;
  }
  return success();
}

static LogicalResult splitGradient(onnx::SplitOp op, Backward &backward) {
  SmallVector<Value> parts;
  for (unsigned i = 0; i < op->getNumResults(); ++i)
    parts.push_back(backward.gradientOrZeros(i));
  Value whole = parts.front();
  if (parts.size() > 1)
    whole = backward.build.concat(parts, front(op.getAxis(), op.getInput()));
  backward.add(op.getInput(), whole);
  return success();
}

/// Over the axes that were broadcast.
static LogicalResult expandGradient(onnx::ExpandOp op, Backward &backward) {
  backward.add(op.getInput(), backward.gradient());
  return success();
}

/// Repeated axes become two, of which the first is summed.
static LogicalResult tileGradient(onnx::TileOp op, Backward &backward) {
  ArrayRef<int64_t> shape = shapeOf(op.getInput()), result = shapeOf(op.getResult());
  SmallVector<int64_t> split, axes;
  for (auto [size, all] : llvm::zip_equal(shape, result)) {
    if (size == 0)
      return backward.refuse("repeats an axis without elements");
    axes.push_back(int64_t(split.size()));
    llvm::append_values(split, all / size, size);
  }
  Value sum = backward.build.reduceSum(backward.build.reshape(backward.gradient(), split), axes);
  backward.add(op.getInput(), backward.build.reshape(sum, shape));
  return success();
}

/// Steps of 1 are padded; others, and backward ones, are written to zeros.
static LogicalResult sliceGradient(onnx::SliceOp op, Backward &backward) {
  OnnxBuilder &build = backward.build;
  ArrayRef<int64_t> shape = shapeOf(op.getData());
  size_t rank = shape.size();
  auto starts = integersOf(op.getStarts());
  std::optional<SmallVector<int64_t>> axes, steps;
  if (op.getAxes())
    axes = integersOf(op.getAxes());
  if (op.getSteps())
    steps = integersOf(op.getSteps());
  if (!starts || (op.getAxes() && !axes) || (op.getSteps() && !steps))
    return backward.refuse("expects bounds that are known");
  Value gradient = backward.gradient();
  SmallVector<int64_t> pads(2 * rank, 0);
  for (size_t i = 0; i < starts->size(); ++i) {
    size_t axis = size_t(front(axes ? (*axes)[i] : int64_t(i), op.getData()));
    int64_t step = steps ? (*steps)[i] : 1, size = shape[axis], count = shapeOf(gradient)[axis];
    int64_t begin = (*starts)[i] < 0 ? (*starts)[i] + size : (*starts)[i];
    begin =
        step > 0 ? std::clamp<int64_t>(begin, 0, size) : std::clamp<int64_t>(begin, -1, size - 1);
    if (step == 1 || count == 0) {
      pads[axis] = count == 0 ? 0 : begin;
      pads[rank + axis] = size - count - pads[axis];
      continue;
    }
    // A place for each element, by the inverse order.
    SmallVector<int64_t> places(size, count);
    for (int64_t k = 0; k < count; ++k)
      places[begin + k * step] = k;
    SmallVector<int64_t> one(2 * rank, 0);
    one[rank + axis] = 1;
    gradient = build.reorder(build.pad(gradient, build.integers(one)), int64_t(axis), places);
  }
  if (llvm::any_of(pads, [](int64_t pad) { return pad != 0; }))
    gradient = build.pad(gradient, build.integers(pads));
  backward.add(op.getData(), gradient);
  return success();
}

namespace retort {
void addMovementRules(GradientRules &rules) {
  rules.add<onnx::ReshapeOp>(reshapeGradient);
  rules.add<onnx::SqueezeOp>(reshapeGradient);
  rules.add<onnx::UnsqueezeOp>(reshapeGradient);
  rules.add<onnx::FlattenOp>(reshapeGradient);
  rules.add<onnx::TransposeOp>(transposeGradient);
  rules.add<onnx::ConcatOp>(concatGradient);
  rules.add<onnx::SplitOp>(splitGradient);
  rules.add<onnx::ExpandOp>(expandGradient);
  rules.add<onnx::TileOp>(tileGradient);
  rules.add<onnx::SliceOp>(sliceGradient);
}
} // namespace retort
