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

namespace {
/// A reduction, seen by a rule: x what is reduced; y its result and dy the gradient of that, in the
/// rank of x.
struct ReducedTerms {
  Term x, y, dy;
  const Reduced &reduced;
};
} // namespace

/// By the gradient of what is reduced, or of what broadcasts to it.
template <typename Op, typename Formula>
static LogicalResult addReduced(Op op, Backward &backward, Formula formula) {
  auto reduced = reducedBy(op);
  if (!reduced)
    return backward.refuse("expects axes that are known");
  Term x(op.getData(), backward.build), y(reduced->keep(backward, op.getResult()), backward.build),
      dy(reduced->keep(backward, backward.gradient()), backward.build);
  Value gradient = formula(ReducedTerms{x, y, dy, *reduced});
  if (shapeOf(gradient) != shapeOf(x))
    gradient = backward.build.expand(gradient, backward.build.integers(shapeOf(x)));
  backward.add(op.getData(), gradient);
  return success();
}

using T = const ReducedTerms &;

static LogicalResult sumGradient(onnx::ReduceSumOp op, Backward &backward) {
  return addReduced(op, backward, [](T t) { return t.dy; });
}

static LogicalResult meanGradient(onnx::ReduceMeanOp op, Backward &backward) {
  return addReduced(op, backward, [](T t) { return t.dy / double(t.reduced.count); });
}

/// To the largest; several share it.
template <typename Op> static LogicalResult extremeGradient(Op op, Backward &backward) {
  return addReduced(op, backward, [&](T t) {
    Term chosen(backward.build.cast(t.x.equals(t.y), t.x.element()), backward.build);
    return chosen * (t.dy / chosen.sumAlong(t.reduced.axes));
  });
}

static LogicalResult sumSquareGradient(onnx::ReduceSumSquareOp op, Backward &backward) {
  return addReduced(op, backward, [](T t) { return t.x * 2 * t.dy; });
}

static LogicalResult absoluteGradient(onnx::ReduceL1Op op, Backward &backward) {
  return addReduced(op, backward, [](T t) { return sign(t.x) * t.dy; });
}

static LogicalResult normGradient(onnx::ReduceL2Op op, Backward &backward) {
  return addReduced(op, backward, [](T t) { return t.x * (t.dy / t.y); });
}

static LogicalResult logSumGradient(onnx::ReduceLogSumOp op, Backward &backward) {
  return addReduced(op, backward, [](T t) { return t.dy / exp(t.y); });
}

static LogicalResult logSumExpGradient(onnx::ReduceLogSumExpOp op, Backward &backward) {
  return addReduced(op, backward, [](T t) { return t.dy * exp(t.x - t.y); });
}

/// The product of the others: where one is zero, it alone has a gradient; where more are, none has.
static LogicalResult productGradient(onnx::ReduceProdOp op, Backward &backward) {
  return addReduced(op, backward, [&](T t) {
    OnnxBuilder &build = backward.build;
    Term isZero = t.x.equals(t.x.number(0)), others = isZero.choose(t.x.number(1), t.x);
    auto copy = cast<onnx::ReduceProdOp>(build.raw().clone(*op));
    copy->setOperand(0, others);
    Term product(t.reduced.keep(backward, copy.getResult()), build),
        isOne(build.cast(isZero, t.x.element()), build);
    Term isPassed = isOne.equals(isOne.sumAlong(t.reduced.axes));
    return isPassed.choose(t.dy * product / others, t.x.number(0));
  });
}

namespace retort {
void addReductionRules(GradientRules &rules) {
  rules.add<onnx::ReduceSumOp>(sumGradient);
  rules.add<onnx::ReduceMeanOp>(meanGradient);
  rules.add<onnx::ReduceMaxOp>(extremeGradient);
  rules.add<onnx::ReduceMinOp>(extremeGradient);
  rules.add<onnx::ReduceSumSquareOp>(sumSquareGradient);
  rules.add<onnx::ReduceL1Op>(absoluteGradient);
  rules.add<onnx::ReduceL2Op>(normGradient);
  rules.add<onnx::ReduceLogSumOp>(logSumGradient);
  rules.add<onnx::ReduceLogSumExpOp>(logSumExpGradient);
  rules.add<onnx::ReduceProdOp>(productGradient);
}
} // namespace retort
