// Rotary embedding in its own operation:
//   onnx.Add(onnx.Mul(%x, %cos), onnx.Mul(onnx.Concat(onnx.Neg(%x2), %x1), %sin)) -> llm.rope(%x,
//   %c, %s)
#include "lib/Recognize/BuildOnnx.h"
#include "lib/Recognize/RopeMatch.h"

#include "dialects/Llm/Llm.h"
#include "dialects/Onnx/Evaluate/Attributes.h"

#include "mlir/IR/PatternMatch.h"
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

/// The order of axes in which rows are the last but one, and the batch is the first.
static SmallVector<int64_t> rowsLast(int64_t rank, const RopeMatch &match) {
  SmallVector<int64_t> order;
  if (match.batchAxis >= 0)
    order.push_back(match.batchAxis);
  for (int64_t axis = 0; axis + 1 < rank; ++axis)
    if (axis != match.batchAxis && axis != match.rowAxis)
      order.push_back(axis);
  order.push_back(match.rowAxis);
  order.push_back(rank - 1);
  return order;
}

static SmallVector<int64_t> inverseOf(ArrayRef<int64_t> order) {
  SmallVector<int64_t> inverse(order.size());
  for (auto [i, at] : llvm::enumerate(order))
    inverse[at] = i;
  return inverse;
}

namespace {
/// The way to B x H x T x D and back.
struct Layout {
  SmallVector<int64_t> order; // of the axes
  SmallVector<int64_t> added; // axes of size 1, after ordering

  static Layout of(const RopeMatch &match) {
    int64_t rank = typeOf(match.input).getRank();
    Layout layout{rowsLast(rank, match), {}};
    if (match.batchAxis < 0 && rank < 4)
      layout.added.push_back(0);
    while (rank + int64_t(layout.added.size()) < 4)
      layout.added.push_back(match.batchAxis < 0 ? int64_t(layout.added.size()) : 1);
    return layout;
  }
  Value enter(OnnxBuilder &make, Value value) const {
    return make.unsqueeze(make.transpose(value, order), added);
  }
  Value leave(OnnxBuilder &make, Value value) const {
    return make.transpose(make.squeeze(value, added), inverseOf(order));
  }
};
} // namespace

/// A table as rows of width / 2 elements, each behind a batch of its own or of 1.
static Value asRows(OnnxBuilder &make, const RopeTable &table, int64_t half) {
  Value value = table.value;
  int64_t rank = typeOf(value).getRank();
  if (table.columnAxis < 0)
    return make.unsqueeze(value, {rank}); // not met: a table without columns
  value = make.sliceEvery(value, table.columnAxis, table.start, half, table.stride);
  SmallVector<int64_t> order, dropped;
  // An axis of size 1 may stand for the batch.
  int64_t batch = table.batchAxis;
  if (batch < 0 && table.rowAxis > 0 && typeOf(value).getDimSize(0) == 1)
    batch = 0;
  if (batch >= 0)
    order.push_back(batch);
  order.append({table.rowAxis, table.columnAxis});
  for (int64_t axis = 0; axis < rank; ++axis)
    if (!llvm::is_contained(order, axis))
      dropped.push_back(axis);
  value = make.squeeze(value, dropped);
  // Where the axes stand once the others are gone.
  for (int64_t &axis : order)
    axis -= llvm::count_if(dropped, [&](int64_t gone) { return gone < axis; });
  value = make.transpose(value, order);
  if (batch < 0)
    value = make.unsqueeze(value, {0});
  return table.negated ? make.negate(value) : value;
}

/// The rows of both tables that are looked up with the same positions.
static onnx::GatherOp lookedUp(const RopeMatch &match) {
  auto cos = match.cos.value.getDefiningOp<onnx::GatherOp>(),
       sin = match.sin.value.getDefiningOp<onnx::GatherOp>();
  for (onnx::GatherOp op : {cos, sin}) {
    if (!op || onnx::intAttribute(op, "axis", 0) != 0 || !typeOf(op->getOperand(0)) ||
        typeOf(op->getOperand(0)).getRank() != 2 || !typeOf(op->getOperand(1)))
      return {};
    int64_t rank = typeOf(op->getOperand(1)).getRank();
    if (rank != 1 && rank != 2)
      return {};
  }
  bool plain = !match.cos.negated && !match.sin.negated &&
               match.cos.batchAxis == match.sin.batchAxis && match.cos.batchAxis <= 0;
  return plain && cos->getOperand(1) == sin->getOperand(1) ? cos : onnx::GatherOp();
}

static Value positionsOf(OnnxBuilder &make, onnx::GatherOp gather) {
  Value positions = gather->getOperand(1);
  positions = make.cast(positions, make.raw().getI64Type());
  return typeOf(positions).getRank() == 1 ? make.unsqueeze(positions, {0}) : positions;
}

static Value replaceRope(IRRewriter &rewriter, const RopeMatch &match) {
  Operation *last = match.output.getDefiningOp();
  rewriter.setInsertionPoint(last);
  OnnxBuilder make(rewriter, last->getLoc());
  int64_t half = match.rotation.width / 2, end = typeOf(match.input).getRank() - 1;
  Value cos, sin, positions;
  if (onnx::GatherOp gather = lookedUp(match)) {
    auto columns = [&](const RopeTable &table) {
      return make.sliceEvery(table.value.getDefiningOp()->getOperand(0), 1, table.start, half,
                             table.stride);
    };
    cos = columns(match.cos);
    sin = columns(match.sin);
    positions = positionsOf(make, gather);
  } else {
    cos = asRows(make, match.cos, half);
    sin = asRows(make, match.sin, half);
  }
  Value value = match.input;
  if (!match.rotation.keepsInputOrder())
    value = make.reorder(value, end, match.rotation.inputOrder);
  Layout layout = Layout::of(match);
  value = layout.enter(make, value);
  value = llm::RopeOp::create(rewriter, last->getLoc(), value.getType(), value, cos, sin, positions,
                              match.rotation.interleaved);
  value = layout.leave(make, value);
  if (!match.rotation.keepsOutputOrder())
    value = make.reorder(value, end, inverseOf(match.rotation.outputOrder));
  value.setType(match.output.getType());
  rewriter.replaceAllUsesWith(match.output, value);
  return value;
}

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
  rewriter.replaceAllUsesWith(op->getResult(0), value);
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
  auto type = typeOf(positions);
  int64_t heads = headsOf(op.getInput(), cos, op.getNumHeads().value_or(0));
  if (!heads || !type || (type.getRank() != 1 && type.getRank() != 2) ||
      op.getIsPackedBatching().value_or(0) || op->getResult(0).getType() != op.getInput().getType())
    return;
  rewriter.setInsertionPoint(op);
  OnnxBuilder make(rewriter, op.getLoc());
  if (type.getRank() == 1)
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
    RopeMatcher matcher(samples);
    std::vector<RopeMatch> matches;
    for (Operation &op : function.getBody().front()) {
      if (!isa<onnx::AddOp, onnx::SubOp, onnx::ConcatOp>(op))
        continue;
      std::string reason;
      if (auto match = matcher.match(op.getResult(0), reason))
        matches.push_back(std::move(*match));
      else if (!reason.empty())
        remark::missed(op.getLoc(), remark::RemarkOpts::name("RecognizeRope").category("recognize"))
            << remark::reason("{0}", reason);
    }
    for (const RopeMatch &match : selectMatches(matches))
      replaceRope(rewriter, match);
  }
};
} // namespace
