// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Computes exponentials, logarithms and their kin by polynomials that vectorize.
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Dialect/Math/Transforms/Passes.h"

namespace retort {
#define GEN_PASS_DEF_APPROXIMATEMATHPASS
#include "lib/Codegen/LowerToLlvm.h.inc"
} // namespace retort

using namespace mlir;
using namespace retort;

/// Sines and powers stay with libm: their arguments (positions times frequencies) exceed the range
/// of a short reduction.
static bool hasPolynomial(StringRef name) {
  return llvm::is_contained({"math.exp", "math.log", "math.tanh", "math.erf"}, name);
}

/// A multiply-add that is fused where the target does that; elsewhere an `fma` would call a
/// library.
static void relax(math::FmaOp op) {
  OpBuilder b(op);
  auto fuse = arith::FastMathFlags::contract;
  Value product = arith::MulFOp::create(b, op.getLoc(), op.getA(), op.getB(), fuse);
  op.replaceAllUsesWith(
      arith::AddFOp::create(b, op.getLoc(), product, op.getC(), fuse).getResult());
  op.erase();
}

namespace {
struct ApproximateMathPass : retort::impl::ApproximateMathPassBase<ApproximateMathPass> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    populateMathF32ExpansionPatterns(patterns, [](StringRef name) { return name != "math.absf"; });
    populateMathPolynomialApproximationPatterns(patterns, hasPolynomial);
    arith::populateCeilFloorDivExpandOpsPatterns(patterns);
    math::populateExpansionPatterns(patterns, {"sinh", "cosh", "asinh", "acosh", "atanh"});
    GreedyRewriteConfig config;
    config.setRegionSimplificationLevel(GreedySimplifyRegionLevel::Disabled);
    (void)applyPatternsGreedily(getOperation(), std::move(patterns), config);
    getOperation().walk([](math::FmaOp op) { relax(op); });
  }
};
} // namespace
