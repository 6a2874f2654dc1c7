// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Gradients of operations that compute each element from one of each operand: a line for each, a
// formula for each operand. Sums over broadcast axes are the business of Backward::add.
#include "dialects/Onnx/Constants.h"
#include "lib/Differentiate/GradientRules.h"

using namespace mlir;
using namespace retort;

using T = ElementTerms;

static constexpr double pi = 3.14159265358979323846;

/// Nothing where the test fails.
static Term where(Term test, Term yes) { return test.choose(yes, yes.number(0)); }

/// The whole where a is before b, half where they are equal.
static Term share(Term before, Term equal, Term dy) {
  return before.choose(dy, where(equal, dy * .5));
}

static Term normalDensity(Term x) { return exp(x * x * -.5) * (1 / std::sqrt(2 * pi)); }
static Term normalDistribution(Term x) {
  return (x * std::sqrt(.5)).apply<onnx::ErfOp>() * .5 + .5;
}

static Term geluSlope(Term x, bool isTanh) {
  if (!isTanh)
    return normalDistribution(x) + x * normalDensity(x);
  double c = std::sqrt(2 / pi), cubic = .044715;
  Term t = tanh((x + x * x * x * cubic) * c);
  return (1 + t) * .5 + x * .5 * (1 - t * t) * ((1 + x * x * (3 * cubic)) * c);
}

template <typename Op> static Op in(T t) { return cast<Op>(t.backward.op); }

static Term swishSlope(Term x, double alpha) {
  Term s = sigmoid(x * alpha);
  return s + x * alpha * s * (1 - s);
}

/// Drops nothing outside of training by itself.
static LogicalResult dropoutGradient(onnx::DropoutOp op, Backward &backward) {
  if (op.getTrainingMode() && scalarOf(op.getTrainingMode()) != 0.0)
    return backward.refuse("expects a 'training_mode' that is known to be false");
  backward.add(op.getData(), backward.gradient());
  return success();
}

static void addUnary(GradientRules &rules) {
  using namespace onnx;
  rules.addElementwise<IdentityOp>([](T t) { return t.dy(); });
  rules.addElementwise<CastOp>([](T t) { return t.dy(); });
  rules.addElementwise<CastLikeOp>([](T t) { return t.dy(); });
  rules.add<DropoutOp>(dropoutGradient);
  rules.addElementwise<NegOp>([](T t) { return -t.dy(); });
  rules.addElementwise<AbsOp>([](T t) { return t.dy() * sign(t.x()); });
  rules.addElementwise<ReciprocalOp>([](T t) { return -t.dy() * t.y() * t.y(); });
  rules.addElementwise<SqrtOp>([](T t) { return t.dy() / (t.y() * 2); });
  rules.addElementwise<ExpOp>([](T t) { return t.dy() * t.y(); });
  rules.addElementwise<LogOp>([](T t) { return t.dy() / t.x(); });
  rules.addElementwise<SinOp>([](T t) { return t.dy() * cos(t.x()); });
  rules.addElementwise<CosOp>([](T t) { return -t.dy() * sin(t.x()); });
  rules.addElementwise<TanOp>([](T t) { return t.dy() * (1 + t.y() * t.y()); });
  rules.addElementwise<SinhOp>([](T t) { return t.dy() * t.x().apply<CoshOp>(); });
  rules.addElementwise<CoshOp>([](T t) { return t.dy() * t.x().apply<SinhOp>(); });
  rules.addElementwise<TanhOp>([](T t) { return t.dy() * (1 - t.y() * t.y()); });
  rules.addElementwise<AsinOp>([](T t) { return t.dy() / sqrt(1 - t.x() * t.x()); });
  rules.addElementwise<AcosOp>([](T t) { return -t.dy() / sqrt(1 - t.x() * t.x()); });
  rules.addElementwise<AtanOp>([](T t) { return t.dy() / (1 + t.x() * t.x()); });
  rules.addElementwise<AsinhOp>([](T t) { return t.dy() / sqrt(t.x() * t.x() + 1); });
  rules.addElementwise<AcoshOp>([](T t) { return t.dy() / sqrt(t.x() * t.x() - 1); });
  rules.addElementwise<AtanhOp>([](T t) { return t.dy() / (1 - t.x() * t.x()); });
  rules.addElementwise<ErfOp>(
      [](T t) { return t.dy() * exp(-(t.x() * t.x())) * (2 / std::sqrt(pi)); });
}

static void addSteps(GradientRules &rules) {
  using namespace onnx;
  // Constant between their steps.
  rules.addElementwise<FloorOp>([](T t) { return t.dy() * 0; });
  rules.addElementwise<CeilOp>([](T t) { return t.dy() * 0; });
  rules.addElementwise<RoundOp>([](T t) { return t.dy() * 0; });
  rules.addElementwise<SignOp>([](T t) { return t.dy() * 0; });
}

static void addActivations(GradientRules &rules) {
  using namespace onnx;
  rules.addElementwise<ReluOp>([](T t) { return where(t.x().isAbove(0), t.dy()); });
  rules.addElementwise<SigmoidOp>([](T t) { return t.dy() * t.y() * (1 - t.y()); });
  rules.addElementwise<SoftplusOp>([](T t) { return t.dy() * sigmoid(t.x()); });
  rules.addElementwise<SoftsignOp>([](T t) {
    Term d = 1 + t.x().apply<AbsOp>();
    return t.dy() / (d * d);
  });
  rules.addElementwise<SwishOp>(
      [](T t) { return t.dy() * swishSlope(t.x(), in<SwishOp>(t).getAlpha()); });
  rules.addElementwise<MishOp>([](T t) {
    Term s = tanh(t.x().apply<SoftplusOp>());
    return t.dy() * (s + t.x() * (1 - s * s) * sigmoid(t.x()));
  });
  rules.addElementwise<GeluOp>(
      [](T t) { return t.dy() * geluSlope(t.x(), in<GeluOp>(t).getApproximate() == "tanh"); });
  rules.addElementwise<EluOp>([](T t) {
    return t.x().isAbove(0).choose(t.dy(), t.dy() * (t.y() + double(in<EluOp>(t).getAlpha())));
  });
  rules.addElementwise<CeluOp>([](T t) {
    return t.x().isAbove(0).choose(t.dy(), t.dy() * exp(t.x() / double(in<CeluOp>(t).getAlpha())));
  });
  rules.addElementwise<SeluOp>([](T t) {
    double gamma = in<SeluOp>(t).getGamma(), alpha = in<SeluOp>(t).getAlpha();
    return t.x().isAbove(0).choose(t.dy() * gamma, t.dy() * (t.y() + gamma * alpha));
  });
  rules.addElementwise<LeakyReluOp>([](T t) {
    return t.x().isAbove(0).choose(t.dy(), t.dy() * double(in<LeakyReluOp>(t).getAlpha()));
  });
  rules.addElementwise<ThresholdedReluOp>(
      [](T t) { return where(t.x().isAbove(in<ThresholdedReluOp>(t).getAlpha()), t.dy()); });
  rules.addElementwise<HardSigmoidOp>([](T t) {
    Term slope = t.dy() * double(in<HardSigmoidOp>(t).getAlpha());
    return where(t.y().isAbove(0), where(t.y().isBelow(1), slope));
  });
  rules.addElementwise<HardSwishOp>([](T t) {
    Term inside = where(t.x().isAbove(-3), t.dy() * (t.x() / 3 + .5));
    return t.x().isBelow(3).choose(inside, t.dy());
  });
  rules.addElementwise<PReluOp>(
      [](T t) { return t.x().isAbove(0).choose(t.dy(), t.dy() * t.x(1)); },
      [](T t) { return where(t.x().isBelow(0), t.dy() * t.x()); });
}

/// With the bias that fused operations of com.microsoft may have.
static Term sum(T t) { return t.backward.op->getNumOperands() > 1 ? t.x(0) + t.x(1) : t.x(0); }

static void addMicrosoft(GradientRules &rules) {
  using namespace onnx;
  auto fast = [](T t) { return t.dy() * geluSlope(sum(t), true); };
  auto exact = [](T t) { return t.dy() * geluSlope(sum(t), false); };
  rules.addElementwise<MicrosoftFastGeluOp>(fast, fast);
  rules.addElementwise<MicrosoftBiasGeluOp>(exact, exact);
  rules.addElementwise<MicrosoftGeluOp>(exact);
  rules.addElementwise<MicrosoftQuickGeluOp>(
      [](T t) { return t.dy() * swishSlope(t.x(), in<MicrosoftQuickGeluOp>(t).getAlpha()); });
}

static void addBinary(GradientRules &rules) {
  using namespace onnx;
  rules.addElementwise<AddOp>([](T t) { return t.dy(); }, [](T t) { return t.dy(); });
  rules.addElementwise<SubOp>([](T t) { return t.dy(); }, [](T t) { return -t.dy(); });
  rules.addElementwise<MulOp>([](T t) { return t.dy() * t.x(1); },
                              [](T t) { return t.dy() * t.x(0); });
  // a = n b + y with an integer n, which steps do not change.
  rules.addElementwise<ModOp>([](T t) { return t.dy(); },
                              [](T t) { return t.dy() * ((t.y() - t.x(0)) / t.x(1)); });
  rules.addElementwise<DivOp>([](T t) { return t.dy() / t.x(1); },
                              [](T t) { return -t.dy() * t.y() / t.x(1); });
}

/// A constant exponent, which most are, needs no logarithm: 2 x dy for squares.
static LogicalResult powGradient(onnx::PowOp op, Backward &backward) {
  Term x(op.getX(), backward.build), dy(backward.gradient(), backward.build);
  Term p(backward.build.cast(op.getY(), x.element()), backward.build);
  if (std::optional<double> exponent = scalarOf(op.getY())) {
    if (*exponent == 2)
      backward.add(op.getX(), dy * (x * 2));
    else
      backward.add(op.getX(),
                   dy * *exponent *
                       Term(backward.build.power(x, x.number(*exponent - 1)), backward.build));
  } else {
    Term less(backward.build.power(x, p - 1), backward.build);
    backward.add(op.getX(), dy * p * less);
  }
  Term y(op.getZ(), backward.build);
  // The limit of x^p log x at 0 is 0.
  if (backward.isWanted(op.getY()))
    backward.add(op.getY(), where(x.isAbove(0), dy * y * log(x)));
  return success();
}

static LogicalResult whereGradient(onnx::WhereOp op, Backward &backward) {
  Term test(op.getCondition(), backward.build), dy(backward.gradient(), backward.build);
  backward.add(op.getX(), where(test, dy));
  backward.add(op.getY(), where(!test, dy));
  return success();
}

/// Inside the bounds, ends included; a bound has the gradient of what lies beyond it.
static LogicalResult clipGradient(onnx::ClipOp op, Backward &backward) {
  Term x(op.getInput(), backward.build), dy(backward.gradient(), backward.build), inside = dy;
  if (Value least = op.getMin()) {
    Term bound(least, backward.build);
    inside = where(!x.isBelow(bound), inside);
    backward.add(least, where(x.isBelow(bound), dy));
  }
  if (Value most = op.getMax()) {
    Term bound(most, backward.build);
    inside = where(!bound.isBelow(x), inside);
    backward.add(most, where(bound.isBelow(x), dy));
  }
  backward.add(op.getInput(), inside);
  return success();
}

/// The largest, one after the other; ties share evenly between what came before and the next.
template <typename Op, bool isMax> static LogicalResult extremeGradient(Op op, Backward &backward) {
  SmallVector<Value> operands(op->getOperands()), partial{operands.front()};
  for (Value next : ArrayRef(operands).drop_front())
    partial.push_back(isMax ? backward.build.maximum(partial.back(), next)
                            : backward.build.minimum(partial.back(), next));
  Term dy(backward.gradient(), backward.build);
  for (size_t i = operands.size() - 1; i > 0; --i) {
    Term before(partial[i - 1], backward.build), next(operands[i], backward.build);
    Term isNext = isMax ? before.isBelow(next) : next.isBelow(before);
    Term isBefore = isMax ? next.isBelow(before) : before.isBelow(next);
    Term isEqual = before.equals(next);
    backward.add(operands[i], share(isNext, isEqual, dy));
    Value rest = share(isBefore, isEqual, dy);
    dy = Term(backward.sumTo(rest, shapeOf(partial[i - 1])), backward.build);
  }
  backward.add(operands.front(), dy);
  return success();
}

static LogicalResult sumGradient(onnx::SumOp op, Backward &backward) {
  for (Value operand : op->getOperands())
    backward.add(operand, backward.gradient());
  return success();
}

static LogicalResult meanGradient(onnx::MeanOp op, Backward &backward) {
  Term dy(backward.gradient(), backward.build);
  for (Value operand : op->getOperands())
    backward.add(operand, dy / double(op->getNumOperands()));
  return success();
}

namespace retort {
void addElementwiseRules(GradientRules &rules) {
  addUnary(rules);
  addSteps(rules);
  addActivations(rules);
  addMicrosoft(rules);
  addBinary(rules);
  rules.add<onnx::PowOp>(powGradient);
  rules.add<onnx::WhereOp>(whereGradient);
  rules.add<onnx::ClipOp>(clipGradient);
  rules.add<onnx::MaxOp>(extremeGradient<onnx::MaxOp, true>);
  rules.add<onnx::MinOp>(extremeGradient<onnx::MinOp, false>);
  rules.add<onnx::SumOp>(sumGradient);
  rules.add<onnx::MeanOp>(meanGradient);
}
} // namespace retort
