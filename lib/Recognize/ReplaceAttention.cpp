// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Puts llm.attention in place of attention that is written out.
#include "dialects/Onnx/Onnx.h"
#include "dialects/Onnx/ValueNames.h"
#include "lib/Recognize/EmitAttention.h"
#include "lib/Recognize/WrittenAttention.h"

using namespace mlir;
using namespace retort;

static RankedTensorType typeOf(Value value) { return cast<RankedTensorType>(value.getType()); }

/// The view's tensor as batch x heads x rows x width. Where its type does not tell the number of
/// heads, which is the same at all sizes, a Reshape does.
static Value headsFirst(OnnxBuilder &b, const HeadsView &view) {
  if (view.axes[1] >= 0) {
    SmallVector<int64_t> order(view.axes.begin(), view.axes.end());
    Value heads = b.transpose(view.value, order);
    auto type = typeOf(heads);
    bool known = !type.isDynamicDim(1) || type.isDynamicDim(3);
    return known ? heads : b.reshape(heads, {0, view.heads, -1, type.getDimSize(3)});
  }
  Value plain = b.transpose(view.value, {view.axes[0], view.axes[2], view.axes[3]});
  return b.unsqueeze(plain, {1});
}

/// sinks, whatever broadcasts to batch x heads x rows x 1, as one number for each head.
static Value sinksByHead(OnnxBuilder &b, Value sinks, int64_t heads) {
  Value first = b.slice(b.slice(sinks, 0, 0, 1), 2, 0, 1);
  return b.reshape(first, ArrayRef<int64_t>{heads});
}

/// The result of llm.attention with the axes for batch and heads as the product had them: joined,
/// or the heads split into groups.
static Value withLeadingAxes(OnnxBuilder &b, const WrittenAttention &attention, Value heads,
                             ArrayRef<int> leading, RankedTensorType type) {
  ArrayRef<int64_t> sizes = attention.leadingSizes;
  bool isPlain = sizes.size() == 2 && sizes[0] == attention.query.batch;
  if (isPlain)
    return heads;
  if (sizes.size() == 1 && attention.query.heads == 1)
    return b.squeeze(heads, {1});
  SmallVector<int64_t> front;
  for (auto [k, axis] : llvm::enumerate(leading)) {
    bool known = !type.isDynamicDim(axis);
    bool isBatch = k == 0 && sizes.size() > 1 && sizes[0] == attention.query.batch;
    front.push_back(known ? type.getDimSize(axis) : isBatch ? 0 : -1);
  }
  return b.reshape(heads, b.concat({b.integers(front), b.size(heads, 2), b.size(heads, 3)}, 0));
}

/// The axes where the product has them, which an Einsum may permute.
static Value asProduct(OnnxBuilder &b, const WrittenAttention &attention, Value heads) {
  const Product &product = attention.values.product;
  bool sharesLeft = attention.values.sharesLeft;
  const Factor &shares = sharesLeft ? product.left : product.right;
  SmallVector<int> order(shares.axes.begin(), shares.axes.end() - 1);
  for (int axis = 0; axis < int(product.rank); ++axis)
    if (!shares.hasAxis(axis))
      order.push_back(axis);
  auto type = typeOf(product.op->getResult(0));
  Value result = withLeadingAxes(b, attention, heads, ArrayRef(order).drop_back(2), type);
  SmallVector<int64_t> inverse(order.size());
  for (auto [from, to] : llvm::enumerate(order))
    inverse[to] = from;
  return b.transpose(result, inverse);
}

/// Uses behind the operation read what it hands on.
static void replaceUsesBehind(Value from, Value to, Operation *op) {
  from.replaceUsesWithIf(to, [&](OpOperand &use) {
    Operation *user = use.getOwner();
    return user->getBlock() == op->getBlock() && op->isBeforeInBlock(user);
  });
  if (from.use_empty())
    onnx::inheritName(from, to);
}

Operation *retort::replaceAttention(const WrittenAttention &attention, IRRewriter &rewriter,
                                    Samples &samples) {
  Operation *product = attention.values.product.op;
  rewriter.setInsertionPoint(product);
  OnnxBuilder b(rewriter, product->getLoc());
  AttentionParts parts;
  parts.query = headsFirst(b, attention.query);
  auto pastAndRows = [&](const HeadsView &view, Value &past, Value &rows) {
    if (!attention.hasPast) {
      rows = headsFirst(b, view);
      return;
    }
    past = view.value.getDefiningOp()->getOperand(0);
    rows = view.value.getDefiningOp()->getOperand(1);
  };
  pastAndRows(attention.key, parts.pastKey, parts.key);
  pastAndRows(attention.value, parts.pastValue, parts.value);
  parts.masks = attention.masks;
  parts.scale = attention.scores.scale * attention.query.scale * attention.key.scale;
  parts.softcap = attention.scores.softcap;
  parts.isSquare = attention.isSquare;
  parts.resultElement = typeOf(product->getResult(0)).getElementType();
  if (attention.scores.sinks)
    parts.sinks = sinksByHead(b, attention.scores.sinks, attention.query.heads);
  llm::AttentionOp op = emitAttention(b, parts, samples);
  Value result = op.getResult();
  if (attention.value.scale != 1)
    result = b.multiply(result, b.number(attention.value.scale, parts.resultElement));
  result = asProduct(b, attention, result);
  onnx::replaceValue(rewriter, product->getResult(0), result);
  if (attention.hasPast) {
    replaceUsesBehind(attention.key.value, op.getPresentKey(), op);
    replaceUsesBehind(attention.value.value, op.getPresentValue(), op);
  }
  return op;
}
