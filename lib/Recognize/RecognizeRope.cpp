// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Rotary embedding in its own operation:
//   onnx.Add(onnx.Mul(%x, %cos), onnx.Mul(%turned, %sin)) -> llm.rope(%x, %cos, %sin)
#include "dialects/Onnx/Build.h"
#include "dialects/Onnx/ValueNames.h"
#include "lib/Recognize/ReplaceRope.h"
#include "lib/Support/Refusal.h"

#include "dialects/Llm/Llm.h"
#include "dialects/Onnx/Onnx.h"

#include "mlir/IR/Remarks.h"
#include "mlir/Pass/Pass.h"
#include "mlir/Transforms/RegionUtils.h"

namespace retort {
#define GEN_PASS_DECL_RECOGNIZEROPEPASS
#define GEN_PASS_DEF_RECOGNIZEROPEPASS
#include "lib/Recognize/RecognizeRope.h.inc"
} // namespace retort

using namespace mlir;
using namespace retort;

static RankedTensorType typeOf(Value value) { return dyn_cast<RankedTensorType>(value.getType()); }

/// B x T x (H D) is rotated as B x H x T x D.
static void replaceFused(IRRewriter &rewriter, Operation *op, Value input, Value cos, Value sin,
                         Value positions, int64_t heads, bool interleaved) {
  OnnxBuilder make(rewriter, op->getLoc());
  Value value = input;
  bool flat = typeOf(input).getRank() == 3;
  if (flat) {
    int64_t width = typeOf(input).getShape().back();
    value = make.transpose(make.reshape(value, {0, 0, heads, width / heads}), {0, 2, 1, 3});
  }
  value = llm::RopeOp::create(rewriter, op->getLoc(), value.getType(), value, cos, sin, positions,
                              interleaved);
  if (flat)
    value =
        make.reshape(make.transpose(value, {0, 2, 1, 3}), {0, 0, typeOf(input).getShape().back()});
  value.setType(op->getResult(0).getType());
  onnx::replaceValue(rewriter, op->getResult(0), value);
}

static bool hasRank(Value value, int64_t rank) {
  return typeOf(value) && typeOf(value).getRank() == rank;
}

/// How many heads a flat input has; 0: that is not known. Without a number, all of a head turns.
static int64_t headsOf(Value input, Value cos, int64_t given) {
  auto type = typeOf(input), table = typeOf(cos);
  if (!type || !table || (type.getRank() != 3 && type.getRank() != 4))
    return 0;
  int64_t width = type.getShape().back(), half = table.getShape().back();
  if (type.getRank() == 4)
    return 1;
  if (ShapedType::isDynamic(width) || ShapedType::isDynamic(half) || half == 0)
    return 0;
  int64_t heads = given ? given : width / (2 * half);
  return heads > 0 && width % heads == 0 ? heads : 0;
}

static void recognizeFused(IRRewriter &rewriter, onnx::RotaryEmbeddingOp op) {
  Value cos = op.getCosCache(), positions = op.getPositionIds();
  int64_t heads = headsOf(op.getX(), cos, op.getNumHeads().value_or(0));
  if (!heads || typeOf(cos).getRank() != (positions ? 2 : 3) ||
      op.getSinCache().getType() != cos.getType() || (positions && !hasRank(positions, 2)) ||
      op->getResult(0).getType() != op.getX().getType())
    return;
  rewriter.setInsertionPoint(op);
  replaceFused(rewriter, op, op.getX(), cos, op.getSinCache(), positions, heads,
               op.getInterleaved() != 0);
}

/// 0, 1, ...: one for each row, 1 x T.
static Value countRows(OnnxBuilder &make, Value input) {
  Value rows = make.size(input, typeOf(input).getRank() == 4 ? 2 : 1);
  return make.unsqueeze(make.range(make.squeeze(rows, {0})), {0});
}

/// Positions are one for each row, or that of the first row.
static void recognizeFused(IRRewriter &rewriter, onnx::MicrosoftRotaryEmbeddingOp op) {
  Value positions = op.getPositionIds(), cos = op.getCosCache();
  int64_t heads = headsOf(op.getInput(), cos, op.getNumHeads().value_or(0));
  if (!heads || !hasRank(cos, 2) || op.getSinCache().getType() != cos.getType() ||
      (!hasRank(positions, 1) && !hasRank(positions, 2)) || op.getIsPackedBatching().value_or(0) ||
      op->getResult(0).getType() != op.getInput().getType())
    return;
  rewriter.setInsertionPoint(op);
  OnnxBuilder make(rewriter, op.getLoc());
  if (hasRank(positions, 1))
    positions = make.add(countRows(make, op.getInput()), positions);
  if (float factor = op.getScale().value_or(1); factor != 1) {
    Value scaled =
        make.multiply(op.getInput(), make.number(factor, typeOf(op.getInput()).getElementType()));
    scaled.setType(op.getInput().getType());
    replaceFused(rewriter, op, scaled, cos, op.getSinCache(), positions, heads,
                 op.getInterleaved().value_or(0) != 0);
    return;
  }
  replaceFused(rewriter, op, op.getInput(), cos, op.getSinCache(), positions, heads,
               op.getInterleaved().value_or(0) != 0);
}

namespace {
struct RecognizeRopePass : retort::impl::RecognizeRopePassBase<RecognizeRopePass> {
  void runOnOperation() override {
    IRRewriter rewriter(&getContext());
    for (auto function : getOperation().getOps<func::FuncOp>()) {
      if (function.isExternal())
        continue;
      recognizeWritten(rewriter, function);
      function.walk([&](Operation *op) {
        if (auto fused = dyn_cast<onnx::RotaryEmbeddingOp>(op))
          recognizeFused(rewriter, fused);
        else if (auto fused = dyn_cast<onnx::MicrosoftRotaryEmbeddingOp>(op))
          recognizeFused(rewriter, fused);
      });
      (void)runRegionDCE(rewriter, function->getRegions());
    }
  }

  /// Matches first: the analyses know the function as it is.
  void recognizeWritten(IRRewriter &rewriter, func::FuncOp function) {
    Samples samples(function);
    RopeSearch search = searchRopes(function, samples);
    Refusals missed;
    for (const RopeMiss &miss : search.missed)
      missed.add(miss.reason, miss.ops.front()->getLoc());
    reportMissed(missed, "RecognizeRope", "recognize");
    for (const RopeMatch &match : search.found)
      replaceRope(rewriter, match);
  }
};
} // namespace
