// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Moves element-wise work into the loop that takes its result row by row.
//   %e = linalg.generic { exp } (%x) ; scf.for %t { tensor.extract_slice %e[%t, 0] [1, %n] [1, 1] }
//   ->   scf.for %t { linalg.generic { exp } (tensor.extract_slice %x[%t, 0] [1, %n] [1, 1]) }
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Pass/Pass.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace retort {
#define GEN_PASS_DEF_SINKINTOLOOPSPASS
#include "lib/Codegen/SinkIntoLoops.h.inc"
} // namespace retort

using namespace mlir;
using namespace retort;

/// True where the slice is what one round of the loop around it takes of a value from before the
/// loop, and no other round takes any of it.
static bool isTakenOnce(tensor::ExtractSliceOp slice) {
  auto loop = dyn_cast<scf::ForOp>(slice->getParentOp());
  Operation *made = slice.getSource().getDefiningOp();
  if (!loop || !made || made->getBlock() != loop->getBlock() || !slice.hasUnitStride() ||
      slice.getType().getRank() != slice.getSourceType().getRank())
    return false;
  return llvm::any_of(llvm::zip(slice.getMixedOffsets(), slice.getMixedSizes()), [&](auto place) {
    auto [offset, size] = place;
    return offset == OpFoldResult(loop.getInductionVar()) && isConstantIntValue(size, 1);
  });
}

static bool isElementwise(linalg::GenericOp op) {
  if (op.getNumResults() != 1 || op.getNumReductionLoops() != 0 ||
      !op.getMatchingIndexingMap(op.getDpsInitOperand(0)).isIdentity() ||
      op.payloadUsesValueFromOperand(op.getDpsInitOperand(0)))
    return false;
  return llvm::all_of(op.getDpsInputOperands(), [&](OpOperand *input) {
    return op.getMatchingIndexingMap(input).isProjectedPermutation(/*allowZeroInResults=*/true);
  });
}

namespace {
struct SinkIntoLoop : OpRewritePattern<tensor::ExtractSliceOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(tensor::ExtractSliceOp slice,
                                PatternRewriter &rewriter) const override {
    auto op = slice.getSource().getDefiningOp<linalg::GenericOp>();
    if (!op || !op->hasOneUse() || !isElementwise(op) || !isTakenOnce(slice))
      return failure();
    SmallVector<OpFoldResult> offsets = slice.getMixedOffsets(), sizes = slice.getMixedSizes();
    SmallVector<Value> inputs;
    for (OpOperand *input : op.getDpsInputOperands())
      inputs.push_back(partOf(op, input, offsets, sizes, rewriter));
    auto type = slice.getType();
    Value init = tensor::EmptyOp::create(rewriter, op.getLoc(), sizes, type.getElementType());
    auto part = linalg::GenericOp::create(rewriter, op.getLoc(), init.getType(), inputs, init,
                                          op.getIndexingMapsArray(), op.getIteratorTypesArray());
    part->setDiscardableAttrs(op->getDiscardableAttrDictionary());
    rewriter.cloneRegionBefore(op.getRegion(), part.getRegion(), part.getRegion().end());
    part.walk([&](linalg::IndexOp index) {
      OpBuilder::InsertionGuard guard(rewriter);
      rewriter.setInsertionPointAfter(index);
      Value offset =
          getValueOrCreateConstantIndexOp(rewriter, op.getLoc(), offsets[index.getDim()]);
      auto sum = arith::AddIOp::create(rewriter, op.getLoc(), index, offset);
      rewriter.replaceAllUsesExcept(index, sum, sum);
    });
    Value result = part.getResult(0);
    if (result.getType() != type)
      result = tensor::CastOp::create(rewriter, op.getLoc(), type, result);
    rewriter.replaceOp(slice, result);
    rewriter.eraseOp(op);
    return success();
  }

private:
  /// What the part reads of an input.
  static Value partOf(linalg::GenericOp op, OpOperand *input, ArrayRef<OpFoldResult> offsets,
                      ArrayRef<OpFoldResult> sizes, OpBuilder &builder) {
    AffineMap map = op.getMatchingIndexingMap(input);
    if (map.getNumResults() == 0)
      return input->get();
    SmallVector<OpFoldResult> starts, counts, ones(map.getNumResults(), builder.getIndexAttr(1));
    for (AffineExpr expr : map.getResults()) {
      auto dim = dyn_cast<AffineDimExpr>(expr);
      starts.push_back(dim ? offsets[dim.getPosition()] : OpFoldResult(builder.getIndexAttr(0)));
      counts.push_back(dim ? sizes[dim.getPosition()] : OpFoldResult(builder.getIndexAttr(1)));
    }
    return tensor::ExtractSliceOp::create(builder, op.getLoc(), input->get(), starts, counts, ones);
  }
};

/// What a round makes of a value that it hands on, element by element, is written where it lies.
struct UpdateInPlace : OpRewritePattern<linalg::GenericOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(linalg::GenericOp op, PatternRewriter &rewriter) const override {
    auto loop = dyn_cast<scf::ForOp>(op->getParentOp());
    if (!loop || !isElementwise(op) || !op.getDpsInits()[0].getDefiningOp<tensor::EmptyOp>())
      return failure();
    for (auto [carried, next] : llvm::zip(loop.getRegionIterArgs(), loop.getYieldedValues()))
      if (next == op.getResult(0) && carried.getType() == next.getType())
        for (OpOperand *input : op.getDpsInputOperands())
          if (input->get() == carried && op.getMatchingIndexingMap(input).isIdentity()) {
            rewriter.modifyOpInPlace(op, [&] { op.setDpsInitOperand(0, carried); });
            return success();
          }
    return failure();
  }
};

struct SinkIntoLoopsPass : retort::impl::SinkIntoLoopsPassBase<SinkIntoLoopsPass> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<SinkIntoLoop, UpdateInPlace>(&getContext());
    GreedyRewriteConfig config;
    config.enableFolding(false).setRegionSimplificationLevel(GreedySimplifyRegionLevel::Disabled);
    (void)applyPatternsGreedily(getOperation(), std::move(patterns), config);
  }
};
} // namespace
