// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A plugin that brings the gradient of an operation which has none: y = x mod m, with the sign of
// x, is x but for steps.
#include "dialects/Onnx/Onnx.h"
#include "dialects/Retort/Differentiable.h"
#include "retort/Plugin.h"

namespace {
struct GradientOfMod : retort::Differentiable::ExternalModel<GradientOfMod, retort::onnx::ModOp> {
  llvm::LogicalResult backward(mlir::Operation *op, retort::Backward &backward) const {
    if (backward.isWanted(op->getOperand(1)))
      return backward.refuse("has no gradient for what it divides by");
    backward.add(op->getOperand(0), backward.gradient());
    return llvm::success();
  }
};
} // namespace

static void registerNothing() {}

static void registerGradient(mlir::DialectRegistry &registry) {
  registry.addExtension(+[](mlir::MLIRContext *context, retort::onnx::OnnxDialect *) {
    retort::onnx::ModOp::attachInterface<GradientOfMod>(*context);
  });
}

RETORT_PLUGIN_WITH_DIALECTS("GradientOfMod", "1.0", registerNothing, registerGradient)
