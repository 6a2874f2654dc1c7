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

/// Why a fused form is none of llm.rope's, as far as all forms ask alike.
static Refusal whyNoRope(Operation *op, Value input, Value cos, Value sin, int64_t heads) {
  if (!typeOf(input) || !typeOf(cos))
    return "its input or table has no known rank";
  if (!heads)
    return "how many heads its input has is not known";
  if (sin.getType() != cos.getType())
    return "its tables differ in type";
  if (op->getResult(0).getType() != input.getType())
    return "it has another type than its input";
  return {};
}

static int64_t headsOf(onnx::RotaryEmbeddingOp op) {
  return headsOf(op.getX(), op.getCosCache(), op.getNumHeads().value_or(0));
}

static int64_t headsOf(onnx::MicrosoftRotaryEmbeddingOp op) {
  return headsOf(op.getInput(), op.getCosCache(), op.getNumHeads().value_or(0));
}

static constexpr const char *otherRanks = "its tables and positions have other ranks";

static Refusal whyNoRope(onnx::RotaryEmbeddingOp op) {
  Value cos = op.getCosCache(), positions = op.getPositionIds();
  Refusal why = whyNoRope(op, op.getX(), cos, op.getSinCache(), headsOf(op));
  if (why.empty() && (!hasRank(cos, positions ? 2 : 3) || (positions && !hasRank(positions, 2))))
    return otherRanks;
  return why;
}

static Refusal whyNoRope(onnx::MicrosoftRotaryEmbeddingOp op) {
  Value cos = op.getCosCache(), positions = op.getPositionIds();
  Refusal why = whyNoRope(op, op.getInput(), cos, op.getSinCache(), headsOf(op));
  if (why.empty() && op.getIsPackedBatching().value_or(0))
    return "its batch is packed";
  if (why.empty() && (!hasRank(cos, 2) || (!hasRank(positions, 1) && !hasRank(positions, 2))))
    return otherRanks;
  return why;
}

Refusal retort::whyNoRope(Operation *op) {
  if (auto fused = dyn_cast<onnx::RotaryEmbeddingOp>(op))
    return ::whyNoRope(fused);
  if (auto fused = dyn_cast<onnx::MicrosoftRotaryEmbeddingOp>(op))
    return ::whyNoRope(fused);
  return {};
}

static void recognizeFused(IRRewriter &rewriter, onnx::RotaryEmbeddingOp op) {
  rewriter.setInsertionPoint(op);
  replaceFused(rewriter, op, op.getX(), op.getCosCache(), op.getSinCache(), op.getPositionIds(),
               headsOf(op), op.getInterleaved() != 0);
}

/// 0, 1, ...: one for each row, 1 x T.
static Value countRows(OnnxBuilder &make, Value input) {
  Value rows = make.size(input, typeOf(input).getRank() == 4 ? 2 : 1);
  return make.unsqueeze(make.range(make.squeeze(rows, {0})), {0});
}

/// Positions are one for each row, or that of the first row.
static void recognizeFused(IRRewriter &rewriter, onnx::MicrosoftRotaryEmbeddingOp op) {
  Value positions = op.getPositionIds(), input = op.getInput();
  rewriter.setInsertionPoint(op);
  OnnxBuilder make(rewriter, op.getLoc());
  if (hasRank(positions, 1))
    positions = make.add(countRows(make, input), positions);
  if (float factor = op.getScale().value_or(1); factor != 1) {
    input = make.multiply(input, make.number(factor, typeOf(input).getElementType()));
    input.setType(op.getInput().getType());
  }
  replaceFused(rewriter, op, input, op.getCosCache(), op.getSinCache(), positions, headsOf(op),
               op.getInterleaved().value_or(0) != 0);
}

namespace {
struct RecognizeRopePass : retort::impl::RecognizeRopePassBase<RecognizeRopePass> {
  void runOnOperation() override {
    IRRewriter rewriter(&getContext());
    for (auto function : getOperation().getOps<func::FuncOp>()) {
      if (function.isExternal())
        continue;
      Refusals missed;
      recognizeWritten(rewriter, function, missed);
      function.walk([&](Operation *op) {
        if (Refusal why = whyNoRope(op); !why.empty())
          missed.add(why, op->getLoc());
        else if (auto fused = dyn_cast<onnx::RotaryEmbeddingOp>(op))
          recognizeFused(rewriter, fused);
        else if (auto fused = dyn_cast<onnx::MicrosoftRotaryEmbeddingOp>(op))
          recognizeFused(rewriter, fused);
      });
      reportMissed(missed, "RecognizeRope", "recognize");
      (void)runRegionDCE(rewriter, function->getRegions());
    }
  }

  /// Matches first: the analyses know the function as it is.
  void recognizeWritten(IRRewriter &rewriter, func::FuncOp function, Refusals &missed) {
    Samples samples(function);
    RopeSearch search = searchRopes(function, samples);
    for (const RopeMiss &miss : search.missed)
      missed.add(miss.why, miss.ops.front()->getLoc());
    for (const RopeMatch &match : search.found)
      replaceRope(rewriter, match);
  }
};
} // namespace
