// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Fuses element-wise producers into their only reader.
//   %e = linalg.generic { exp } (%x) ; %s = linalg.generic { add } (%e, %y)   ->   linalg.generic {
//   add(exp) } (%x, %y)
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"

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
  bool visitsOnce = map.getNumResults() == reader.getNumLoops();
  return visitsOnce || (reader.getNumReductionLoops() == 0 && isCheap(producer));
}

namespace {
struct FuseElementwisePass : retort::impl::FuseElementwisePassBase<FuseElementwisePass> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    linalg::populateElementwiseOpsFusionPatterns(patterns, shouldFuse);
    linalg::GenericOp::getCanonicalizationPatterns(patterns, &getContext());
    GreedyRewriteConfig config;
    config.enableFolding(false).setRegionSimplificationLevel(GreedySimplifyRegionLevel::Disabled);
    (void)applyPatternsGreedily(getOperation(), std::move(patterns), config);
  }
};
} // namespace
