// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Gradients of normalizations over the last axes. What they divide by is computed again: it costs a
// pass over the input, which is kept in any case.
#include "dialects/Llm/Llm.h"
#include "lib/Differentiate/GradientRules.h"

using namespace mlir;
using namespace retort;

namespace {
/// y = z weight + bias for z = (x - mean) r, r = (mean (x - mean)^2 + epsilon)^-1/2
struct Normalization {
  Value x, weight, bias; ///< null where there is none
  SmallVector<int64_t> axes;
  double epsilon;
  bool isCentered;
};
} // namespace

static SmallVector<int64_t> axesFrom(int64_t axis, Value x) {
  int64_t rank = int64_t(shapeOf(x).size());
  return llvm::to_vector(llvm::seq(axis < 0 ? axis + rank : axis, rank));
}

static constexpr const char *oneResult =
    "has a gradient for its first result alone, found one of the others that is used";

namespace {
/// z, and what became of its gradient.
class NormalizedRows {
public:
  NormalizedRows(Term x, ArrayRef<int64_t> axes, double epsilon, bool isCentered)
      : axes(axes), isCentered(isCentered), r(x), z(x) {
    for (int64_t axis : axes)
      count *= double(shapeOf(x)[axis]);
    Term centered = isCentered ? x - mean(x) : x;
    r = 1 / sqrt(mean(centered * centered) + epsilon);
    z = centered * r;
  }
  /// dx = r (h - [mean h] - z mean(z h))
  Term gradient(Term h) { return r * ((isCentered ? h - mean(h) : h) - z * mean(z * h)); }

private:
  Term mean(Term value) { return value.sumAlong(axes) / count; }

  SmallVector<int64_t> axes;
  bool isCentered;
  double count = 1;
  Term r;

public:
  Term z;
};
} // namespace

/// What is narrower than f32 is computed in it, as normalizations are.
static Term wide(Value value, Backward &backward) {
  auto element = cast<FloatType>(getElementTypeOrSelf(value));
  if (element.getWidth() < 32)
    value = backward.build.cast(value, backward.build.raw().getF32Type());
  return {value, backward.build};
}

/// h = w dy, dw = sum z dy, db = sum dy; returns dx.
static Term ofNormalized(Backward &backward, const Normalization &norm) {
  NormalizedRows rows(wide(norm.x, backward), norm.axes, norm.epsilon, norm.isCentered);
  Term dy = wide(backward.gradient(), backward);
  if (backward.isWanted(norm.weight))
    backward.add(norm.weight, rows.z * dy);
  if (norm.bias)
    backward.add(norm.bias, dy);
  return rows.gradient(norm.weight ? dy * wide(norm.weight, backward) : dy);
}

static LogicalResult normalize(Backward &backward, const Normalization &norm) {
  backward.add(norm.x, ofNormalized(backward, norm));
  return success();
}

static LogicalResult rmsNormGradient(llm::RmsNormOp op, Backward &backward) {
  return normalize(backward, {op.getInput(), op.getWeight(), Value(), axesFrom(-1, op.getInput()),
                              op.getEpsilon().convertToDouble(), false});
}

static LogicalResult rmsNormalizationGradient(onnx::RMSNormalizationOp op, Backward &backward) {
  return normalize(backward, {op.getX(), op.getScale(), Value(), axesFrom(op.getAxis(), op.getX()),
                              op.getEpsilon(), false});
}

static LogicalResult layerNormalizationGradient(onnx::LayerNormalizationOp op, Backward &backward) {
  for (unsigned i = 1; i < op->getNumResults(); ++i)
    if (backward.gradient(i))
      return backward.refuse(oneResult);
  return normalize(backward, {op.getX(), op.getScale(), op.getB(),
                              axesFrom(op.getAxis(), op.getX()), op.getEpsilon(), true});
}

static LogicalResult simplifiedGradient(onnx::SimplifiedLayerNormalizationOp op,
                                        Backward &backward) {
  if (op->getNumResults() > 1 && backward.gradient(1))
    return backward.refuse(oneResult);
  return normalize(backward, {op.getX(), op.getScale(), Value(), axesFrom(op.getAxis(), op.getX()),
                              op.getEpsilon(), false});
}

/// Of x + skip [+ bias], which is a result too. `beta` is null without one.
template <typename Op>
static LogicalResult skipGradient(Op op, Value beta, bool isCentered, Backward &backward) {
  Value given = op.getInputSkipBiasSum();
  for (Value result : op->getResults().drop_front())
    if (result != given && backward.gradient(cast<OpResult>(result).getResultNumber()))
      return backward.refuse(oneResult);
  OnnxBuilder &build = backward.build;
  Value sum = build.add(op.getInput(), op.getSkip());
  if (op.getBias())
    sum = build.add(sum, op.getBias());
  std::optional<Term> gradient;
  if (backward.gradient())
    gradient = ofNormalized(backward, {sum, op.getGamma(), beta, axesFrom(-1, sum),
                                       double(op.getEpsilon()), isCentered});
  if (Value ofSum = given ? backward.gradient(cast<OpResult>(given).getResultNumber()) : Value())
    gradient = gradient ? *gradient + wide(ofSum, backward) : Term(ofSum, build);
  backward.add(op.getInput(), *gradient);
  backward.add(op.getSkip(), *gradient);
  if (op.getBias())
    backward.add(op.getBias(), *gradient);
  return success();
}

static LogicalResult skipLayerGradient(onnx::MicrosoftSkipLayerNormalizationOp op,
                                       Backward &backward) {
  return skipGradient(op, op.getBeta(), true, backward);
}

static LogicalResult skipSimplifiedGradient(onnx::MicrosoftSkipSimplifiedLayerNormalizationOp op,
                                            Backward &backward) {
  return skipGradient(op, Value(), false, backward);
}

/// Rows are groups of channels; scale and bias belong to channels.
static LogicalResult normalizeGroups(Value x, Value scale, Value bias, int64_t groups,
                                     double epsilon, Backward &backward) {
  OnnxBuilder &build = backward.build;
  ArrayRef<int64_t> shape = shapeOf(x);
  SmallVector<int64_t> ofChannels(shape.size() - 1, 1);
  ofChannels[0] = shape[1];
  int64_t count = 1;
  for (int64_t size : shape.drop_front())
    count *= size;
  SmallVector<int64_t> rows{shape[0], groups, count / groups};
  Term dy(backward.gradient(), build), w(build.reshape(scale, ofChannels), build);
  NormalizedRows norm(Term(build.reshape(x, rows), build), {2}, epsilon, true);
  backward.add(x, build.reshape(norm.gradient(Term(build.reshape(dy * w, rows), build)), shape));
  auto addForChannels = [&](Value operand, Value each) {
    if (backward.isWanted(operand))
      backward.add(operand,
                   build.reshape(backward.sumTo(each, ofChannels), ArrayRef<int64_t>{shape[1]}));
  };
  addForChannels(scale, dy * Term(build.reshape(norm.z, shape), build));
  addForChannels(bias, dy);
  return success();
}

static LogicalResult groupNormalizationGradient(onnx::GroupNormalizationOp op, Backward &backward) {
  return normalizeGroups(op.getX(), op.getScale(), op.getBias(), op.getNumGroups(), op.getEpsilon(),
                         backward);
}

static LogicalResult instanceNormalizationGradient(onnx::InstanceNormalizationOp op,
                                                   Backward &backward) {
  return normalizeGroups(op.getInput(), op.getScale(), op.getB(), shapeOf(op.getInput())[1],
                         op.getEpsilon(), backward);
}

namespace retort {
void addNormalizationRules(GradientRules &rules) {
  rules.add<llm::RmsNormOp>(rmsNormGradient);
  rules.add<onnx::RMSNormalizationOp>(rmsNormalizationGradient);
  rules.add<onnx::LayerNormalizationOp>(layerNormalizationGradient);
  rules.add<onnx::SimplifiedLayerNormalizationOp>(simplifiedGradient);
  rules.add<onnx::MicrosoftSkipLayerNormalizationOp>(skipLayerGradient);
  rules.add<onnx::MicrosoftSkipSimplifiedLayerNormalizationOp>(skipSimplifiedGradient);
  rules.add<onnx::GroupNormalizationOp>(groupNormalizationGradient);
  rules.add<onnx::InstanceNormalizationOp>(instanceNormalizationGradient);
}
} // namespace retort
