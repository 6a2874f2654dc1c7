// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which constants of a graph are what a model has learned.
#include "lib/Differentiate/LearnedConstants.h"
#include "lib/Analysis/HotValues.h"

#include "dialects/Compress/Compress.h"
#include "dialects/Llm/Llm.h"
#include "dialects/Onnx/Meaning.h"
#include "dialects/Onnx/Onnx.h"

using namespace mlir;
using namespace retort;

/// What a value becomes without being computed with, and what numbers are decoded by.
static bool isMoved(Operation *op) {
  return onnx::movementOf(op) || onnx::isConversion(op) ||
         isa<onnx::GatherOp, onnx::DequantizeLinearOp>(op) ||
         isa<compress::CompressDialect>(op->getDialect());
}

/// Angles are given, and so are masks that nothing looks up, and decays, which a step of a weight
/// would turn around.
static bool isGiven(OpOperand &use, bool isLookedUp) {
  if (auto retention = dyn_cast<llm::RetentionOp>(use.getOwner()))
    return use.get() == retention.getDecay();
  if (auto rope = dyn_cast<llm::RopeOp>(use.getOwner()))
    return use.get() != rope.getInput();
  if (auto attention = dyn_cast<llm::AttentionOp>(use.getOwner()))
    return use.get() == attention.getMask() || (use.get() == attention.getBias() && !isLookedUp);
  return false;
}

static bool meetsText(Value value, const HotValues &hot, bool isLookedUp) {
  for (OpOperand &use : value.getUses()) {
    Operation *op = use.getOwner();
    if (op->getNumResults() == 0)
      continue;
    if (llvm::any_of(op->getResults(), [&](Value result) { return hot.isHot(result); })) {
      if (!isGiven(use, isLookedUp))
        return true;
    } else if (isMoved(op) &&
               meetsText(op->getResult(0), hot, isLookedUp || isa<onnx::GatherOp>(op))) {
      return true;
    }
  }
  return false;
}

SmallVector<Operation *> retort::learnedConstants(func::FuncOp graph) {
  HotValues hot(graph);
  SmallVector<Operation *> found;
  for (Operation &op : graph.getBody().front()) {
    auto constant = dyn_cast<onnx::InitializerOp>(op);
    auto type =
        constant ? dyn_cast<RankedTensorType>(constant.getResult().getType()) : RankedTensorType();
    if (type && isa<FloatType>(type.getElementType()) && type.getNumElements() > 1 &&
        meetsText(constant.getResult(), hot, false))
      found.push_back(&op);
  }
  return found;
}
