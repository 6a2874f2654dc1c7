// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Gradients of sums and products of all that came before.
//
//   y_t = x_0 .. x_t   ->   dx_s = (x_0 .. x_(s-1)) r_s,  r_s = dy_s + x_(s+1) r_(s+1)
//
// Nothing is divided by x, which may be zero. r is computed for all places at once, in as many
// steps as their number has bits: r_s knows 1, 2, 4, ... of the terms behind it (Hillis and Steele,
// Data parallel algorithms, 1986).
#include "dialects/Onnx/Constants.h"
#include "lib/Differentiate/GradientRules.h"

using namespace mlir;
using namespace retort;

/// The same sum from the other end.
static LogicalResult cumSumGradient(onnx::CumSumOp op, Backward &backward) {
  OpBuilder &raw = backward.build.raw();
  Value dy = backward.gradient();
  backward.add(op.getX(), onnx::CumSumOp::create(raw, op.getLoc(), dy.getType(), dy, op.getAxis(),
                                                 raw.getI64IntegerAttr(op.getExclusive()),
                                                 raw.getI64IntegerAttr(!op.getReverse())));
  return success();
}

namespace {
/// One axis of which places are shifted.
class Places {
public:
  Places(OnnxBuilder &build, int64_t axis, bool isReversed)
      : build(build), axis(axis), isReversed(isReversed) {}

  /// At each place what stands `distance` places later; zeros at the end.
  Term later(Term value, int64_t distance) const {
    int64_t size = shapeOf(value)[axis], rank = int64_t(shapeOf(value).size());
    SmallVector<int64_t> pads(2 * rank, 0);
    pads[isReversed ? axis : rank + axis] = distance;
    Value kept = isReversed ? build.slice(value, axis, 0, size - distance)
                            : build.slice(value, axis, distance, size);
    return {build.pad(kept, build.integers(pads)), build};
  }

private:
  OnnxBuilder &build;
  int64_t axis;
  bool isReversed;
};
} // namespace

static LogicalResult cumProdGradient(onnx::CumProdOp op, Backward &backward) {
  OnnxBuilder &build = backward.build;
  OpBuilder &raw = build.raw();
  std::optional<SmallVector<int64_t>> axes = integersOf(op.getAxis());
  if (!axes || axes->size() != 1)
    return backward.refuse("expects an axis that is known");
  Term x(op.getX(), build), sum(backward.gradient(), build);
  int64_t axis = axes->front() < 0 ? axes->front() + int64_t(shapeOf(x).size()) : axes->front(),
          size = shapeOf(x)[axis];
  if (size == 0)
    return success();
  Places places(build, axis, op.getReverse());
  // Of the product before each place: that of the next one has it as a factor.
  if (op.getExclusive())
    sum = places.later(sum, 1);
  Term factor = places.later(x, 1);
  for (int64_t known = 1; known < size; known *= 2) {
    sum = sum + factor * places.later(sum, known);
    if (2 * known < size)
      factor = factor * places.later(factor, known);
  }
  Term before(onnx::CumProdOp::create(raw, op.getLoc(), x.value.getType(), x, op.getAxis(),
                                      raw.getI64IntegerAttr(1),
                                      raw.getI64IntegerAttr(op.getReverse())),
              build);
  backward.add(op.getX(), before * sum);
  return success();
}

namespace retort {
void addCumulationRules(GradientRules &rules) {
  rules.add<onnx::CumSumOp>(cumSumGradient);
  rules.add<onnx::CumProdOp>(cumProdGradient);
}
} // namespace retort
