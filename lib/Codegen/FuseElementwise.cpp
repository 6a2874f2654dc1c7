// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Fuses element-wise producers into their only reader, through reshapes that come back to where
// they began.
//   %e = linalg.generic { exp } (%x) ; %s = linalg.generic { add } (%e, %y)   ->   linalg.generic {
//   add(exp) } (%x, %y)
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace retort {
#define GEN_PASS_DEF_FUSEELEMENTWISEPASS
#include "lib/Codegen/FuseElementwise.h.inc"
} // namespace retort

using namespace mlir;
using namespace retort;

/// True where the body only moves data or computes what costs a cycle or two, so that doing it
/// again is no loss.
static bool isCheap(linalg::GenericOp producer) {
  return llvm::all_of(producer.getBody()->getOperations(), [](Operation &op) {
    return !isa<math::MathDialect>(op.getDialect()) && !isa<arith::DivFOp, arith::RemFOp>(op) &&
           op.getNumRegions() == 0;
  });
}

/// Fusing saves a buffer and a pass over memory; it loses where the reader visits an element of the
/// producer many times.
static bool shouldFuse(OpOperand *operand) {
  auto producer = operand->get().getDefiningOp<linalg::GenericOp>();
  auto reader = dyn_cast<linalg::GenericOp>(operand->getOwner());
  if (!producer || !reader || !producer->hasOneUse() || producer->getBlock() != reader->getBlock())
    return false;
  AffineMap map = reader.getMatchingIndexingMap(operand);
  SmallVector<int64_t> loops = reader.getStaticLoopRanges();
  bool visitsOnce = llvm::all_of(llvm::seq<unsigned>(reader.getNumLoops()), [&](unsigned loop) {
    return loops[loop] == 1 || map.isFunctionOfDim(loop);
  });
  return visitsOnce || (reader.getNumReductionLoops() == 0 && isCheap(producer));
}

/// The sizes of a value, where what makes it says them; empty elsewhere.
static SmallVector<OpFoldResult> sizesOf(Value value) {
  Operation *op = value.getDefiningOp();
  if (auto empty = dyn_cast_or_null<tensor::EmptyOp>(op))
    return empty.getMixedSizes();
  if (auto slice = dyn_cast_or_null<tensor::ExtractSliceOp>(op))
    if (slice.getType().getRank() == slice.getSourceType().getRank())
      return slice.getMixedSizes();
  if (auto expand = dyn_cast_or_null<tensor::ExpandShapeOp>(op))
    return expand.getMixedOutputShape();
  if (auto insert = dyn_cast_or_null<tensor::InsertSliceOp>(op))
    return sizesOf(insert.getDest());
  if (auto made = dyn_cast_or_null<DestinationStyleOpInterface>(op))
    return sizesOf(made.getTiedOpOperand(cast<OpResult>(value))->get());
  return {};
}

namespace {
/// What is reshaped and comes back to the sizes that it had is itself.
struct FoldReshapeBack : OpRewritePattern<tensor::ExpandShapeOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(tensor::ExpandShapeOp expand,
                                PatternRewriter &rewriter) const override {
    Value value = expand.getSrc();
    while (Operation *op = value.getDefiningOp()) {
      if (!isa<tensor::CollapseShapeOp, tensor::ExpandShapeOp, tensor::CastOp>(op))
        return failure();
      value = op->getOperand(0);
      if (value.getType() == expand.getType() &&
          (expand.getType().hasStaticShape() ||
           isEqualConstantIntOrValueArray(sizesOf(value), expand.getMixedOutputShape()))) {
        rewriter.replaceOp(expand, value);
        return success();
      }
    }
    return failure();
  }
};

struct FuseElementwisePass : retort::impl::FuseElementwisePassBase<FuseElementwisePass> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    linalg::populateElementwiseOpsFusionPatterns(patterns, shouldFuse);
    patterns.add<FoldReshapeBack>(&getContext());
    linalg::GenericOp::getCanonicalizationPatterns(patterns, &getContext());
    GreedyRewriteConfig config;
    config.enableFolding(false).setRegionSimplificationLevel(GreedySimplifyRegionLevel::Disabled);
    (void)applyPatternsGreedily(getOperation(), std::move(patterns), config);
  }
};
} // namespace
