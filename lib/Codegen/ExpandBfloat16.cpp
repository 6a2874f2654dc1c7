// Computes in f32 what is bf16, and rounds by integer arithmetic.
//   arith.addf %a, %b : bf16        ->   arith.truncf (arith.addf (extf %a), (extf %b) : f32)
//   arith.truncf %x : f32 to bf16   ->   (bits(x) + 0x7fff + bit 16 of them) >> 16
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Transforms/DialectConversion.h"

namespace retort {
#define GEN_PASS_DEF_EXPANDBFLOAT16PASS
#include "lib/Codegen/ExpandBfloat16.h.inc"
} // namespace retort

using namespace mlir;
using namespace retort;

namespace {
/// Upstream's expansion starts from f32.
struct NarrowThroughF32 : OpRewritePattern<arith::TruncFOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(arith::TruncFOp op, PatternRewriter &rewriter) const override {
    if (!getElementTypeOrSelf(op.getIn()).isF64() || !getElementTypeOrSelf(op.getOut()).isBF16())
      return rewriter.notifyMatchFailure(op, "not from f64 to bf16");
    Type middle = rewriter.getF32Type();
    if (auto shaped = dyn_cast<ShapedType>(op.getType()))
      middle = shaped.clone(middle);
    Value single = arith::TruncFOp::create(rewriter, op.getLoc(), middle, op.getIn());
    rewriter.replaceOpWithNewOp<arith::TruncFOp>(op, op.getType(), single);
    return success();
  }
};

/// Every operation of arith on bf16 becomes one on f32 between conversions.
LogicalResult computeInF32(ModuleOp module) {
  MLIRContext *context = module.getContext();
  TypeConverter converter;
  arith::populateEmulateUnsupportedFloatsConversions(converter, {BFloat16Type::get(context)},
                                                     Float32Type::get(context));
  RewritePatternSet patterns(context);
  arith::populateEmulateUnsupportedFloatsPatterns(patterns, converter);
  ConversionTarget target(*context);
  arith::populateEmulateUnsupportedFloatsLegality(target, converter);
  if (failed(applyPartialConversion(module, target, std::move(patterns))))
    return failure();
  // Upstream lets a rounding and the widening behind it fold away; each operation of a model
  // rounds.
  module.walk([](arith::ExtFOp op) { op.removeFastmathAttr(); });
  module.walk([](arith::TruncFOp op) { op.removeFastmathAttr(); });
  return success();
}

struct ExpandBfloat16Pass : retort::impl::ExpandBfloat16PassBase<ExpandBfloat16Pass> {
  void runOnOperation() override {
    if (failed(computeInF32(getOperation())))
      return signalPassFailure();
    RewritePatternSet patterns(&getContext());
    arith::populateExpandBFloat16Patterns(patterns);
    patterns.add<NarrowThroughF32>(&getContext());
    GreedyRewriteConfig config;
    config.setRegionSimplificationLevel(GreedySimplifyRegionLevel::Disabled);
    (void)applyPatternsGreedily(getOperation(), std::move(patterns), config);
  }
};
} // namespace
