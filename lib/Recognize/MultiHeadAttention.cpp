// com.microsoft.MultiHeadAttention, and com.microsoft.Attention, which has the projections inside.
// A mask of theirs adds `mask_filter_value` (-10000) to scores: a bias, which is exact for rows
// that it hides altogether, too.
#include "lib/Recognize/FusedAttention.h"

#include "dialects/Onnx/Onnx.h"

#include <cmath>

using namespace mlir;
using namespace retort;

static RankedTensorType typeOf(Value value) {
  return value ? dyn_cast<RankedTensorType>(value.getType()) : RankedTensorType();
}

/// What a mask of 1 and 0 adds: batch x columns or batch x rows x columns, over heads.
static Value filterBias(OnnxBuilder &b, Value mask, double filter, Type element) {
  Value tokens = b.cast(mask, b.raw().getI1Type());
  Value bias = b.choose(tokens, b.number(0, element), b.number(filter, element));
  return typeOf(mask).getRank() == 2 ? b.unsqueeze(bias, {1, 2}) : b.unsqueeze(bias, {1});
}

namespace {
/// What both operations share: a mask, a bias for the scores, and the operation itself.
struct MaskOperands {
  Value mask, bias;
  double filter = -10000;

  std::string check() const {
    auto type = typeOf(mask);
    if (mask && (!type || type.getRank() < 1 || type.getRank() > 3))
      return "its mask has an unknown form";
    return "";
  }
  /// Lengths of keys, or something to add; before `emitAttention`.
  void apply(OnnxBuilder &b, AttentionParts &parts) const {
    if (mask && typeOf(mask).getRank() == 1)
      parts.keyLength = b.cast(mask, b.raw().getI64Type());
    else if (mask)
      addBias(parts, filterBias(b, mask, filter, parts.resultElement));
    if (bias)
      addBias(parts, bias);
  }
  static void addBias(AttentionParts &parts, Value value) {
    parts.masks.biases.push_back({MaskTerm::Add, value, 1, false, 0, Value()});
  }
};

class MultiHeadAttention : public FusedAttention {
public:
  explicit MultiHeadAttention(onnx::MicrosoftMultiHeadAttentionOp op) : op(op) {}
  std::string find(Samples &samples) override;
  void replace(IRRewriter &rewriter, Samples &samples) override;

private:
  Value withBias(OnnxBuilder &b, Value rows, int64_t begin);

  onnx::MicrosoftMultiHeadAttentionOp op;
  MaskOperands masks;
};

class PackedAttention : public FusedAttention {
public:
  explicit PackedAttention(onnx::MicrosoftAttentionOp op) : op(op) {}
  std::string find(Samples &samples) override;
  void replace(IRRewriter &rewriter, Samples &samples) override;

private:
  onnx::MicrosoftAttentionOp op;
  MaskOperands masks;
  SmallVector<int64_t, 3> sizes; // columns of queries, keys, values
};
} // namespace

std::string MultiHeadAttention::find(Samples &samples) {
  masks = {op.getKeyPaddingMask(), op.getAttentionBias(), op.getMaskFilterValue().value_or(-10000)};
  if (isUsed(op.getQk()))
    return "its scores are used";
  if (op.getCacheIndirection() || op.getPastSequenceLength())
    return "its cache is one buffer";
  auto query = typeOf(op.getQuery()), key = typeOf(op.getKey()), value = typeOf(op.getValue());
  if (!query || query.getRank() != 3 || !key || !value || key.getRank() != value.getRank())
    return "its queries, keys and values are packed";
  if (key.getRank() == 4 && op.getBias())
    return "a bias is added to keys that are split into heads";
  if (!lastSize(op.getQuery()) || !lastSize(op.getKey()) || !lastSize(op.getValue()) ||
      *lastSize(op.getQuery()) % op.getNumHeads())
    return "the width of its heads is not known";
  form.rule.causal = op.getUnidirectional();
  return masks.check();
}

/// Adds the part of the bias that begins at `begin`.
Value MultiHeadAttention::withBias(OnnxBuilder &b, Value rows, int64_t begin) {
  if (!op.getBias())
    return rows;
  return b.add(rows, b.slice(op.getBias(), 0, begin, begin + *lastSize(rows)));
}

void MultiHeadAttention::replace(IRRewriter &rewriter, Samples &samples) {
  rewriter.setInsertionPoint(op);
  OnnxBuilder b(rewriter, op.getLoc());
  int64_t heads = op.getNumHeads(), size = *lastSize(op.getQuery());
  AttentionParts parts;
  parts.query = splitHeads(b, withBias(b, op.getQuery(), 0), heads);
  parts.key = splitHeads(b, withBias(b, op.getKey(), size), heads);
  parts.value = splitHeads(b, withBias(b, op.getValue(), 2 * size), heads);
  parts.pastKey = op.getPastKey();
  parts.pastValue = op.getPastValue();
  parts.scale = op.getScale().value_or(0);
  if (parts.scale == 0)
    parts.scale = 1 / std::sqrt(double(size / heads));
  parts.resultElement = getElementTypeOrSelf(op.getQuery().getType());
  parts.masks = form;
  parts.isSquare = true;
  masks.apply(b, parts);
  llm::AttentionOp attention = emitAttention(b, parts, samples);
  rewriter.replaceAllUsesWith(op.getOutput(), joinHeads(b, attention.getResult()));
  if (op.getPresentKey())
    rewriter.replaceAllUsesWith(op.getPresentKey(), attention.getPresentKey());
  if (op.getPresentValue())
    rewriter.replaceAllUsesWith(op.getPresentValue(), attention.getPresentValue());
}

std::string PackedAttention::find(Samples &samples) {
  masks = {op.getMaskIndex(), op.getAttentionBias(), op.getMaskFilterValue().value_or(-10000)};
  if (op.getDoRotary().value_or(0))
    return "it rotates inside";
  if (op.getPastSequenceLength() || op.getPastPresentShareBuffer().value_or(0))
    return "its cache is one buffer";
  auto input = typeOf(op.getInput());
  auto width = lastSize(op.getWeights());
  if (!input || input.getRank() != 3 || !width)
    return "the width of its projections is not known";
  if (auto given = op.getQkvHiddenSizes())
    sizes.assign(given->begin(), given->end());
  else
    sizes.assign(3, *width / 3);
  if (sizes.size() != 3 || sizes[0] + sizes[1] + sizes[2] != *width || sizes[0] != sizes[1])
    return "its projections are of different widths";
  auto index = typeOf(op.getMaskIndex());
  for (Sample sample : {Sample{2, 3, 2}, Sample{3, 3, 2}}) {
    auto shape = index ? samples.shape(op.getMaskIndex(), sample) : std::nullopt;
    auto rows = samples.shape(op.getInput(), sample);
    if (index && index.getRank() == 1 && (!shape || !rows || (*shape)[0] != (*rows)[0]))
      return "its mask has beginnings and ends";
  }
  form.rule.causal = op.getUnidirectional();
  return masks.check();
}

void PackedAttention::replace(IRRewriter &rewriter, Samples &samples) {
  rewriter.setInsertionPoint(op);
  OnnxBuilder b(rewriter, op.getLoc());
  int64_t heads = op.getNumHeads();
  Value all = b.product(op.getInput(), op.getWeights());
  if (op.getBias())
    all = b.add(all, op.getBias());
  AttentionParts parts;
  int64_t keys = sizes[0], values = keys + sizes[1];
  parts.query = splitHeads(b, b.slice(all, 2, 0, keys), heads);
  parts.key = splitHeads(b, b.slice(all, 2, keys, values), heads);
  parts.value = splitHeads(b, b.slice(all, 2, values, values + sizes[2]), heads);
  if (Value past = op.getPast()) {
    parts.pastKey = b.squeeze(b.slice(past, 0, 0, 1), {0});
    parts.pastValue = b.squeeze(b.slice(past, 0, 1, 2), {0});
  }
  parts.scale = op.getScale().value_or(0);
  if (parts.scale == 0)
    parts.scale = 1 / std::sqrt(double(sizes[0] / heads));
  parts.resultElement = getElementTypeOrSelf(op.getInput().getType());
  parts.masks = form;
  parts.isSquare = true;
  masks.apply(b, parts);
  llm::AttentionOp attention = emitAttention(b, parts, samples);
  rewriter.replaceAllUsesWith(op.getOutput(), joinHeads(b, attention.getResult()));
  if (isUsed(op.getPresent()))
    rewriter.replaceAllUsesWith(op.getPresent(),
                                b.concat({b.unsqueeze(attention.getPresentKey(), {0}),
                                          b.unsqueeze(attention.getPresentValue(), {0})},
                                         0));
}

std::unique_ptr<FusedAttention> retort::multiHeadAttention(Operation *op) {
  return std::make_unique<MultiHeadAttention>(cast<onnx::MicrosoftMultiHeadAttentionOp>(op));
}

std::unique_ptr<FusedAttention> retort::packedAttention(Operation *op) {
  return std::make_unique<PackedAttention>(cast<onnx::MicrosoftAttentionOp>(op));
}
