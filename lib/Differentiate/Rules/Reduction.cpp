// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Gradients of reductions: what was one goes back to many.
#include "dialects/Onnx/Constants.h"
#include "lib/Differentiate/GradientRules.h"

using namespace mlir;
using namespace retort;

namespace {
/// A reduction, with its axes known and its result in the rank of the operand.
struct Reduced {
  SmallVector<int64_t> axes;
  SmallVector<int64_t> shape; ///< of the result, where axes stay
  int64_t count = 1;          ///< elements that became one

  Value keep(Backward &backward, Value value) const { return backward.build.reshape(value, shape); }
};
} // namespace

/// nullopt where the axes are not known.
template <typename Op> static std::optional<Reduced> reducedBy(Op op) {
  Reduced result;
  ArrayRef<int64_t> shape = shapeOf(op.getData());
  std::optional<SmallVector<int64_t>> axes = SmallVector<int64_t>();
  if (op.getAxes())
    axes = integersOf(op.getAxes());
  if (!axes)
    return std::nullopt;
  if (axes->empty() && !op.getNoopWithEmptyAxes())
    axes = llvm::to_vector(llvm::seq<int64_t>(shape.size()));
  result.shape.assign(shape.begin(), shape.end());
  for (int64_t axis : *axes) {
    axis = axis < 0 ? axis + int64_t(shape.size()) : axis;
    result.axes.push_back(axis);
    result.count *= shape[axis];
    result.shape[axis] = 1;
  }
  return result;
}

static LogicalResult noAxes(Backward &backward) {
  return backward.refuse("expects axes that are known");
}

static Value spread(Backward &backward, Value value, Value like) {
  return backward.build.expand(value, backward.build.integers(shapeOf(like)));
}

template <bool isMean, typename Op> static LogicalResult sumGradient(Op op, Backward &backward) {
  auto reduced = reducedBy(op);
  if (!reduced)
    return noAxes(backward);
  Term dy(reduced->keep(backward, backward.gradient()), backward.build);
  if (isMean)
    dy = dy / double(reduced->count);
  backward.add(op.getData(), spread(backward, dy, op.getData()));
  return success();
}

/// To the largest; several share it.
template <typename Op> static LogicalResult extremeGradient(Op op, Backward &backward) {
  auto reduced = reducedBy(op);
  if (!reduced)
    return noAxes(backward);
  Term x(op.getData(), backward.build), y(reduced->keep(backward, op.getResult()), backward.build),
      dy(reduced->keep(backward, backward.gradient()), backward.build);
  Term chosen(backward.build.cast(x.equals(y), x.element()), backward.build);
  backward.add(op.getData(), chosen * (dy / chosen.sumAlong(reduced->axes)));
  return success();
}

static LogicalResult sumSquareGradient(onnx::ReduceSumSquareOp op, Backward &backward) {
  auto reduced = reducedBy(op);
  if (!reduced)
    return noAxes(backward);
  Term x(op.getData(), backward.build),
      dy(reduced->keep(backward, backward.gradient()), backward.build);
  backward.add(op.getData(), x * 2 * dy);
  return success();
}

static LogicalResult normGradient(onnx::ReduceL2Op op, Backward &backward) {
  auto reduced = reducedBy(op);
  if (!reduced)
    return noAxes(backward);
  Term x(op.getData(), backward.build), y(reduced->keep(backward, op.getResult()), backward.build),
      dy(reduced->keep(backward, backward.gradient()), backward.build);
  backward.add(op.getData(), x * (dy / y));
  return success();
}

static LogicalResult absoluteGradient(onnx::ReduceL1Op op, Backward &backward) {
  auto reduced = reducedBy(op);
  if (!reduced)
    return noAxes(backward);
  Term x(op.getData(), backward.build),
      dy(reduced->keep(backward, backward.gradient()), backward.build);
  backward.add(op.getData(), sign(x) * dy);
  return success();
}

static LogicalResult logSumGradient(onnx::ReduceLogSumOp op, Backward &backward) {
  auto reduced = reducedBy(op);
  if (!reduced)
    return noAxes(backward);
  Term x(op.getData(), backward.build), y(reduced->keep(backward, op.getResult()), backward.build),
      dy(reduced->keep(backward, backward.gradient()), backward.build);
  backward.add(op.getData(), spread(backward, dy / exp(y), x));
  return success();
}

static LogicalResult logSumExpGradient(onnx::ReduceLogSumExpOp op, Backward &backward) {
  auto reduced = reducedBy(op);
  if (!reduced)
    return noAxes(backward);
  Term x(op.getData(), backward.build), y(reduced->keep(backward, op.getResult()), backward.build),
      dy(reduced->keep(backward, backward.gradient()), backward.build);
  backward.add(op.getData(), dy * exp(x - y));
  return success();
}

/// The same sum from the other end.
static LogicalResult cumSumGradient(onnx::CumSumOp op, Backward &backward) {
  OpBuilder &raw = backward.build.raw();
  Value dy = backward.gradient();
  backward.add(op.getX(), onnx::CumSumOp::create(raw, op.getLoc(), dy.getType(), dy, op.getAxis(),
                                                 raw.getI64IntegerAttr(op.getExclusive()),
                                                 raw.getI64IntegerAttr(!op.getReverse())));
  return success();
}

namespace retort {
void addReductionRules(GradientRules &rules) {
  rules.add<onnx::ReduceSumOp>(sumGradient<false>);
  rules.add<onnx::ReduceMeanOp>(sumGradient<true>);
  rules.add<onnx::ReduceMaxOp>(extremeGradient);
  rules.add<onnx::ReduceMinOp>(extremeGradient);
  rules.add<onnx::ReduceSumSquareOp>(sumSquareGradient);
  rules.add<onnx::ReduceL1Op>(absoluteGradient);
  rules.add<onnx::ReduceL2Op>(normGradient);
  rules.add<onnx::ReduceLogSumOp>(logSumGradient);
  rules.add<onnx::ReduceLogSumExpOp>(logSumExpGradient);
  rules.add<onnx::CumSumOp>(cumSumGradient);
}
} // namespace retort
