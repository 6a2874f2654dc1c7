// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Gradients of softmax and its logarithm.
#include "lib/Differentiate/GradientRules.h"

using namespace mlir;
using namespace retort;

static int64_t axisOf(int64_t axis, Value value) {
  return axis < 0 ? axis + int64_t(shapeOf(value).size()) : axis;
}

/// dx = p (dp - sum p dp)
static LogicalResult softmaxGradient(onnx::SoftmaxOp op, Backward &backward) {
  Term p(op.getResult(), backward.build), dp(backward.gradient(), backward.build);
  int64_t axis = axisOf(op.getAxis(), p);
  backward.add(op.getInput(), p * (dp - (p * dp).sumAlong({axis})));
  return success();
}

/// dx = dl - exp(l) sum dl
static LogicalResult logSoftmaxGradient(onnx::LogSoftmaxOp op, Backward &backward) {
  Term l(op.getResult(), backward.build), dl(backward.gradient(), backward.build);
  int64_t axis = axisOf(op.getAxis(), l);
  backward.add(op.getInput(), dl - exp(l) * dl.sumAlong({axis}));
  return success();
}

namespace retort {
void addSoftmaxRules(GradientRules &rules) {
  rules.add<onnx::SoftmaxOp>(softmaxGradient);
  rules.add<onnx::LogSoftmaxOp>(logSoftmaxGradient);
}
} // namespace retort
