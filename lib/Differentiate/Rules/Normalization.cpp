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

/// With h = w dy: dx = r (h - [mean h] - z mean(z h)), dw = sum z dy, db = sum dy
static LogicalResult normalize(Backward &backward, const Normalization &norm) {
  Term x(norm.x, backward.build), dy(backward.gradient(), backward.build);
  double count = 1;
  for (int64_t axis : norm.axes)
    count *= double(shapeOf(norm.x)[axis]);
  auto mean = [&](Term value) { return value.sumAlong(norm.axes) / count; };
  Term centered = norm.isCentered ? x - mean(x) : x;
  Term r = 1 / sqrt(mean(centered * centered) + norm.epsilon);
  Term z = centered * r;
  Term h = norm.weight ? dy * Term(norm.weight, backward.build) : dy;
  Term rest = norm.isCentered ? h - mean(h) : h;
  backward.add(norm.x, r * (rest - z * mean(z * h)));
  if (backward.isWanted(norm.weight))
    backward.add(norm.weight, z * dy);
  if (norm.bias)
    backward.add(norm.bias, dy);
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
      return backward.refuse("has a gradient for its first result alone, found one of the others "
                             "that is used");
  return normalize(backward, {op.getX(), op.getScale(), op.getB(),
                              axesFrom(op.getAxis(), op.getX()), op.getEpsilon(), true});
}

namespace retort {
void addNormalizationRules(GradientRules &rules) {
  rules.add<llm::RmsNormOp>(rmsNormGradient);
  rules.add<onnx::RMSNormalizationOp>(rmsNormalizationGradient);
  rules.add<onnx::LayerNormalizationOp>(layerNormalizationGradient);
}
} // namespace retort
