// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Gradients of padding, and of what leaves a triangle.
#include "dialects/Onnx/Constants.h"
#include "lib/Differentiate/GradientRules.h"
#include "lib/Differentiate/Lookups.h"

using namespace mlir;
using namespace retort;

/// Where an element of a padded axis comes from; `at` counts from its first.
static int64_t sourceOf(int64_t at, int64_t size, StringRef mode) {
  if (mode == "edge")
    return std::clamp<int64_t>(at, 0, size - 1);
  int64_t period = mode == "wrap" ? size : std::max<int64_t>(2 * (size - 1), 1);
  at = (at % period + period) % period;
  return mode == "reflect" && at >= size ? period - at : at;
}

/// Copies of an element add up.
static Value ofCopies(Backward &backward, Value gradient, int64_t axis, int64_t before,
                      int64_t size, StringRef mode) {
  SmallVector<int64_t> sources;
  for (int64_t at = 0; at < shapeOf(gradient)[axis]; ++at)
    sources.push_back(sourceOf(at - before, size, mode));
  SmallVector<int64_t> shape(shapeOf(gradient));
  shape[axis] = size;
  return sumOfLookups(backward, gradient, backward.build.integers(sources), axis, shape);
}

/// Constants that pad are cropped, and what was cropped is padded with zeros.
static LogicalResult padGradient(onnx::PadOp op, Backward &backward) {
  OnnxBuilder &build = backward.build;
  auto pads = integersOf(op.getPads());
  size_t rank = shapeOf(op.getData()).size();
  std::optional<SmallVector<int64_t>> axes = llvm::to_vector(llvm::seq<int64_t>(rank));
  if (op.getAxes())
    axes = integersOf(op.getAxes());
  if (!pads || !axes)
    return backward.refuse("expects 'pads' and 'axes' that are known");
  Value gradient = backward.gradient();
  SmallVector<int64_t> negative(2 * rank, 0);
  for (size_t i = 0; i < axes->size(); ++i) {
    size_t axis = (*axes)[i] < 0 ? (*axes)[i] + rank : (*axes)[i];
    negative[axis] = -(*pads)[i];
    negative[rank + axis] = -(*pads)[axes->size() + i];
  }
  if (op.getMode() != "constant") {
    for (size_t axis = 0; axis < rank; ++axis)
      if (negative[axis] != 0 || negative[rank + axis] != 0)
        gradient = ofCopies(backward, gradient, int64_t(axis), -negative[axis],
                            shapeOf(op.getData())[axis], op.getMode());
    backward.add(op.getData(), gradient);
    return success();
  }
  Value inside = build.pad(gradient, build.integers(negative));
  backward.add(op.getData(), inside);
  if (Value constant = op.getConstantValue(); backward.isWanted(constant))
    backward.add(constant, build.subtract(backward.sumTo(gradient, shapeOf(constant)),
                                          backward.sumTo(inside, shapeOf(constant))));
  return success();
}

static LogicalResult triluGradient(onnx::TriluOp op, Backward &backward) {
  OpBuilder &raw = backward.build.raw();
  Value dy = backward.gradient();
  backward.add(op.getInput(), onnx::TriluOp::create(raw, op.getLoc(), dy.getType(), dy, op.getK(),
                                                    raw.getI64IntegerAttr(op.getUpper())));
  return success();
}

namespace retort {
void addPadRules(GradientRules &rules) {
  rules.add<onnx::PadOp>(padGradient);
  rules.add<onnx::TriluOp>(triluGradient);
}
} // namespace retort
