// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The driver of the simplifications: rounds of inference, one walk in the order of the graph, and
// cleaning up.
#include "lib/Simplify/Simplifications.h"

#include "dialects/Onnx/Weights.h"

#include "mlir/IR/Dominance.h"
#include "mlir/Transforms/CSE.h"

namespace retort {
#define GEN_PASS_DECL_SIMPLIFYPASS
#define GEN_PASS_DEF_SIMPLIFYPASS
#include "lib/Simplify/Simplify.h.inc"
} // namespace retort

using namespace mlir;
using namespace retort;

/// Each round folds through any number of operations; a next one sees the types that became known.
static constexpr int maxRounds = 8;

/// Takes the operations of the branch that a constant condition chooses.
static bool inlineIf(RewriterBase &rewriter, Operation *op, onnx::SymbolicDims &dims) {
  auto branch = dyn_cast<onnx::IfOp>(op);
  auto condition = branch ? dims.constants(op->getOperand(0)) : std::nullopt;
  if (!condition || condition->size() != 1)
    return false;
  Block &body = (condition->front() ? branch.getThenBranch() : branch.getElseBranch()).front();
  Operation *end = body.getTerminator();
  SmallVector<Value> values = llvm::to_vector(end->getOperands());
  if (values.size() != op->getNumResults())
    return false;
  op->getBlock()->getOperations().splice(op->getIterator(), body.getOperations(), body.begin(),
                                         end->getIterator());
  rewriter.replaceAllUsesWith(op->getResults(), values);
  return true;
}

static bool eraseDead(RewriterBase &rewriter, Region &region) {
  bool changed = false;
  for (Block &block : region)
    for (Operation &op : llvm::make_early_inc_range(llvm::reverse(block))) {
      for (Region &inner : op.getRegions())
        changed |= eraseDead(rewriter, inner);
      if (isOpTriviallyDead(&op)) {
        rewriter.eraseOp(&op);
        changed = true;
      }
    }
  return changed;
}

/// As far as it takes to give all values of Ifs a rank.
static bool sinkUsers(RewriterBase &rewriter, func::FuncOp function) {
  constexpr int most = 256;
  for (int count = 0; count < most; ++count) {
    Operation *sunk = nullptr;
    function.walk([&](onnx::IfOp op) {
      sunk = sinkIntoBranches(rewriter, op);
      return sunk ? WalkResult::interrupt() : WalkResult::advance();
    });
    if (!sunk)
      return count > 0;
    (void)onnx::inferTypes(sunk);
  }
  return true;
}

namespace {
struct SimplifyPass : retort::impl::SimplifyPassBase<SimplifyPass> {
  using SimplifyPassBase::SimplifyPassBase;

  void runOnOperation() override {
    IRRewriter rewriter(&getContext());
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (!function.isExternal() && failed(simplify(rewriter, function)))
        return signalPassFailure();
  }

  LogicalResult simplify(IRRewriter &rewriter, func::FuncOp function) {
    for (int round = 0; round < maxRounds; ++round) {
      onnx::SymbolicDims dims;
      if (failed(dims.infer(function)))
        return failure();
      // The analysis knows values by their address: operations stay until it is done.
      SmallVector<Operation *> replaced;
      bool changed = walk(rewriter, function.getBody().front(), dims, replaced);
      for (Operation *op : llvm::reverse(replaced))
        rewriter.eraseOp(op);
      changed |= eraseDead(rewriter, function.getBody());
      DominanceInfo dominance(function);
      bool merged = false;
      eliminateCommonSubExpressions(rewriter, dominance, function, &merged);
      if (!changed && !merged && !sinkUsers(rewriter, function))
        break;
    }
    // Types have followed their values; so does the function's.
    return onnx::SymbolicDims().infer(function);
  }

  bool walk(IRRewriter &rewriter, Block &block, onnx::SymbolicDims &dims,
            SmallVectorImpl<Operation *> &replaced) {
    bool changed = false;
    for (Operation &op : llvm::make_early_inc_range(block)) {
      if (inlineIf(rewriter, &op, dims)) {
        replaced.push_back(&op);
        changed = true;
        continue;
      }
      for (Region &region : op.getRegions())
        for (Block &inner : region)
          changed |= walk(rewriter, inner, dims, replaced);
      rewriter.setInsertionPoint(&op);
      Replacement values;
      if (foldConstants)
        values = retort::foldConstants(rewriter, &op, dims, {maxBytes, foldWeights});
      if (!values)
        values = removeIdentity(rewriter, &op, dims);
      if (values) {
        rewriter.replaceAllUsesWith(op.getResults(), *values);
        replaced.push_back(&op);
        changed = true;
      } else {
        changed |= simplifyReshape(rewriter, &op, dims);
      }
    }
    return changed;
  }
};
} // namespace
