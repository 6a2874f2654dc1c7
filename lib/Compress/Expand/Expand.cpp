// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Computes compressed weights.
//
//   %w = compress.decode_sparse(%mask, %values) {axis = 0 : i64, m = 4 : i64, n = 2 : i64}
//   ==> compress-expand
//   %w = onnx.initializer "w" ...
#include "dialects/Compress/WeightExpression.h"
#include "dialects/Onnx/Evaluate/Evaluate.h"
#include "dialects/Onnx/Onnx.h"
#include "dialects/Onnx/Schema/TypedOp.h"

#include "mlir/Pass/Pass.h"

namespace retort {
#define GEN_PASS_DECL
#define GEN_PASS_DEF_EXPANDPASS
#include "lib/Compress/Expand/Expand.h.inc"
} // namespace retort

using namespace mlir;
using namespace retort;
using compress::WeightExpression;

static void expandToDense(const WeightExpression &weight) {
  Operation *op = weight.op();
  std::string name = weight.name().str();
  compress::replaceExpression(op,
                              compress::createConstantBefore(op, compress::expand(weight), name));
}

/// Other operations on constants, such as the sum of a quantized weight and its correction, by the
/// reference evaluator.
static void evaluate(Operation *op) {
  auto result =
      op->getNumResults() == 1 ? dyn_cast<RankedTensorType>(op->getResult(0).getType()) : nullptr;
  if (!isa<onnx::Evaluation>(op) || op->getNumOperands() == 0 || !result ||
      !isa<FloatType>(result.getElementType()))
    return;
  SmallVector<onnx::Tensor> inputs;
  onnx::SizeLimit limit(std::numeric_limits<int64_t>::max());
  for (Value slot : onnx::operandSlots(op)) {
    Operation *constant = slot ? slot.getDefiningOp() : nullptr;
    bool isConstant = constant && onnx::ConstantView::of(slot).has_value();
    if (slot && !isConstant)
      return;
    inputs.push_back(slot ? onnx::Tensor::of(constant->getAttr("value")) : onnx::Tensor());
    if (slot && !inputs.back())
      return;
  }
  onnx::Evaluated results = onnx::evaluate(op, inputs);
  if (failed(results) || !results->front())
    return;
  compress::replaceExpression(
      op, compress::createConstantBefore(op, results->front().attribute("expanded"),
                                         compress::nameOfConstant(op->getOperand(0))));
}

namespace {
struct ExpandPass : retort::impl::ExpandPassBase<ExpandPass> {
  using Base::Base;

  void runOnOperation() override {
    SmallVector<Operation *> operations;
    getOperation().walk([&](Operation *op) { operations.push_back(op); });
    // Operands come first: what is left of an expression is one of constants.
    for (Operation *op : operations) {
      auto weight = op->getNumOperands() > 0 && op->getNumResults() == 1
                        ? WeightExpression::of(op->getResult(0))
                        : std::nullopt;
      if (weight)
        expandToDense(*weight);
      else if (op->getNumOperands() > 0 && !isa<onnx::ConstantOp>(op))
        evaluate(op);
    }
  }
};
} // namespace
