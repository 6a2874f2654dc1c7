// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// One table where a model has two weights that are each other's transpose:
//   %y = onnx.MatMul(%x, %copy)   ->   %y = onnx.MatMul(%x, onnx.Transpose(%table))
#include "dialects/Compress/WeightExpression.h"
#include "dialects/Onnx/Onnx.h"

#include "mlir/IR/PatternMatch.h"
#include "mlir/Pass/Pass.h"

namespace retort {
#define GEN_PASS_DECL_TIEWEIGHTSPASS
#define GEN_PASS_DEF_TIEWEIGHTSPASS
#include "lib/Lower/TieWeights.h.inc"
} // namespace retort

using namespace mlir;
using namespace retort;
using compress::WeightExpression;

/// A large matrix, plain or compressed, that is not one number.
static std::optional<WeightExpression> matrixOf(Value value) {
  auto weight = WeightExpression::of(value);
  bool isMatrix = weight && weight->type().getRank() == 2 && onnx::isLarge(weight->type()) &&
                  !(weight->isPlain() && weight->constant().isSplat());
  return isMatrix ? weight : std::nullopt;
}

static bool isTable(Value value) {
  return llvm::any_of(value.getUses(), [](OpOperand &use) {
    return isa<onnx::GatherOp>(use.getOwner()) && use.getOperandNumber() == 0;
  });
}

static bool isFactor(Value value) {
  return !value.use_empty() && llvm::all_of(value.getUses(), [](OpOperand &use) {
    return isa<onnx::MatMulOp>(use.getOwner()) && use.getOperandNumber() == 1;
  });
}

/// The same numbers, to the last bit. Few matrices that are not agree in the first places.
static bool areTransposed(const WeightExpression &table, const WeightExpression &copy) {
  ArrayRef<int64_t> shape = table.type().getShape();
  if (copy.type() != table.type().clone({shape[1], shape[0]}))
    return false;
  for (int64_t i = 0; i < shape[0]; ++i)
    for (int64_t j = 0; j < shape[1]; ++j) {
      float left = table.at(i * shape[1] + j), right = copy.at(j * shape[0] + i);
      if (std::memcmp(&left, &right, sizeof(left)) != 0)
        return false;
    }
  return true;
}

/// Moves an expression to where everything sees it: what it is made of comes before it.
static void moveToStart(Operation *op) {
  op->moveBefore(op->getBlock(), op->getBlock()->begin());
  for (Value operand : op->getOperands())
    moveToStart(operand.getDefiningOp());
}

static void tie(Value table, Value copy) {
  Operation *old = copy.getDefiningOp();
  moveToStart(table.getDefiningOp());
  IRRewriter rewriter(old->getContext());
  rewriter.setInsertionPointAfterValue(table);
  OperationState state(copy.getLoc(), onnx::TransposeOp::getOperationName());
  state.addOperands(table);
  state.addTypes(copy.getType());
  state.addAttribute("perm", rewriter.getDenseI64ArrayAttr({1, 0}));
  rewriter.replaceAllUsesWith(copy, rewriter.create(state)->getResult(0));
  compress::eraseExpression(old);
}

static void tieIn(func::FuncOp function) {
  SmallVector<WeightExpression> tables, factors;
  for (Operation &op : function.getBody().front()) {
    if (op.getNumResults() != 1 || (!isTable(op.getResult(0)) && !isFactor(op.getResult(0))))
      continue;
    if (auto weight = matrixOf(op.getResult(0)))
      (isTable(op.getResult(0)) ? tables : factors).push_back(*weight);
  }
  for (const WeightExpression &factor : factors) {
    const WeightExpression *table = llvm::find_if(
        tables, [&](const WeightExpression &each) { return areTransposed(each, factor); });
    if (table != tables.end())
      tie(table->op()->getResult(0), factor.op()->getResult(0));
  }
}

namespace {
struct TieWeightsPass : retort::impl::TieWeightsPassBase<TieWeightsPass> {
  using Base::Base;

  void runOnOperation() override {
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (!function.isExternal())
        tieIn(function);
  }
};
} // namespace
