// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
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

/// Rounds to the nearest, ties to even; NaN stays NaN. Upstream chooses a NaN among numbers of
/// bf16, which LLVM promotes in vectors, and calls a function to come back.
struct RoundBits : OpRewritePattern<arith::TruncFOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(arith::TruncFOp op, PatternRewriter &rewriter) const override {
    if (!getElementTypeOrSelf(op.getIn()).isF32() || !getElementTypeOrSelf(op.getOut()).isBF16())
      return rewriter.notifyMatchFailure(op, "not from f32 to bf16");
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    auto like = [&](Type element) -> Type {
      auto shaped = dyn_cast<ShapedType>(op.getType());
      return shaped ? Type(shaped.clone(element)) : element;
    };
    Type words = like(b.getI32Type());
    auto number = [&](int64_t value) -> Value {
      TypedAttr scalar = b.getI32IntegerAttr(value);
      if (auto shaped = dyn_cast<ShapedType>(words))
        scalar = DenseElementsAttr::get(shaped, Attribute(scalar));
      return arith::ConstantOp::create(b, scalar);
    };
    Value bits = arith::BitcastOp::create(b, words, op.getIn()), shift = number(16);
    Value isOdd = arith::AndIOp::create(b, arith::ShRUIOp::create(b, bits, shift), number(1));
    Value rounded = arith::AddIOp::create(b, bits, arith::AddIOp::create(b, isOdd, number(0x7fff)));
    Value isNaN = arith::CmpFOp::create(b, arith::CmpFPredicate::UNE, op.getIn(), op.getIn());
    Value quiet = arith::OrIOp::create(b, bits, number(0x400000));
    Value chosen = arith::SelectOp::create(b, isNaN, quiet, rounded);
    Value high =
        arith::TruncIOp::create(b, like(b.getI16Type()), arith::ShRUIOp::create(b, chosen, shift));
    rewriter.replaceOpWithNewOp<arith::BitcastOp>(op, op.getType(), high);
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
    patterns.add<RoundBits>(&getContext(), /*benefit=*/2);
    GreedyRewriteConfig config;
    config.setRegionSimplificationLevel(GreedySimplifyRegionLevel::Disabled);
    (void)applyPatternsGreedily(getOperation(), std::move(patterns), config);
  }
};
} // namespace
