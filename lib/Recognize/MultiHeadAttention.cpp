// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// com.microsoft.MultiHeadAttention, and com.microsoft.Attention, which has the projections inside.
// A mask of theirs adds `mask_filter_value` (-10000) to scores: a bias, which is exact for rows
// that it hides altogether, too.
#include "lib/Recognize/FusedAttention.h"

#include "dialects/Onnx/Onnx.h"
#include "dialects/Onnx/ValueNames.h"

#include <cmath>

using namespace mlir;
using namespace retort;

static RankedTensorType typeOf(Value value) {
  return value ? dyn_cast<RankedTensorType>(value.getType()) : RankedTensorType();
}

namespace {
/// What both operations share: a mask of lengths or of 1 and 0, a bias for the scores.
class MaskedAttention : public FusedAttention {
protected:
  /// Finds the form of the masks; returns why there is none.
  Refusal findMasks(Value mask, Value bias, double filter, bool causal, const ScoreSizesAt &sizesAt,
                    Samples &samples, MaskForms &forms);
  /// Lengths of the keys, where the mask holds these.
  Value lengths;
  /// Whether places need no offset: there are as many columns as rows, or the operation counts both
  /// from 0.
  bool isSquare = false;
};

class MultiHeadAttention : public MaskedAttention {
public:
  explicit MultiHeadAttention(onnx::MicrosoftMultiHeadAttentionOp op) : op(op) {}
  Refusal find(Samples &samples, MaskForms &forms) override;
  void replace(IRRewriter &rewriter, Samples &samples) override;

private:
  Value withBias(OnnxBuilder &b, Value rows, int64_t begin);

  onnx::MicrosoftMultiHeadAttentionOp op;
};

class PackedAttention : public MaskedAttention {
public:
  explicit PackedAttention(onnx::MicrosoftAttentionOp op) : op(op) {}
  Refusal find(Samples &samples, MaskForms &forms) override;
  void replace(IRRewriter &rewriter, Samples &samples) override;

private:
  onnx::MicrosoftAttentionOp op;
  SmallVector<int64_t, 3> sizes; // columns of queries, keys, values
};
} // namespace

Refusal MaskedAttention::findMasks(Value mask, Value bias, double filter, bool causal,
                                   const ScoreSizesAt &sizesAt, Samples &samples,
                                   MaskForms &forms) {
  auto type = typeOf(mask);
  if (mask && (!type || type.getRank() < 1 || type.getRank() > 3))
    return "its mask has an unknown form";
  SmallVector<MaskTerm> terms;
  if (bias)
    terms.push_back({MaskTerm::Add, bias, 1, false, 0, Value()});
  if (type && type.getRank() == 1)
    lengths = mask;
  else if (mask)
    terms.push_back({MaskTerm::Filter, mask, 1, false, filter, Value()});
  Refusal why;
  auto found = forms.find(terms, sizesAt, why);
  // Rows that the mask hides take the mean of columns that attributes leave, not of all.
  if (succeeded(found) && causal && found->hiddenRows == llm::MaskedRows::Mean)
    found = forms.find(terms, sizesAt, why, /*keepValues=*/true);
  if (failed(found))
    return why;
  form = *found;
  form.rule.causal |= causal;
  isSquare = causal || llvm::all_of(samples.probes(), [&](Sample sample) {
               auto sizes = sizesAt(sample);
               return sizes && (*sizes)[2] == (*sizes)[3];
             });
  return "";
}

Refusal MultiHeadAttention::find(Samples &samples, MaskForms &forms) {
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
  auto sizesAt = [&](Sample sample) -> std::optional<ScoreSizes> {
    auto query = samples.shape(op.getQuery(), sample), key = samples.shape(op.getKey(), sample);
    auto past = op.getPastKey() ? samples.shape(op.getPastKey(), sample) : std::nullopt;
    if (!query || !key || (op.getPastKey() && !past))
      return std::nullopt;
    return ScoreSizes{(*query)[0], op.getNumHeads(), (*query)[1],
                      (*key)[key->size() - 2] + (past ? (*past)[2] : 0)};
  };
  return findMasks(op.getKeyPaddingMask(), op.getAttentionBias(),
                   op.getMaskFilterValue().value_or(-10000), op.getUnidirectional(), sizesAt,
                   samples, forms);
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
  parts.scale = scaleOf(op.getScale(), size / heads);
  parts.resultElement = getElementTypeOrSelf(op.getQuery().getType());
  parts.masks = form;
  parts.isSquare = isSquare;
  if (lengths)
    parts.keyLength = b.cast(lengths, rewriter.getI64Type());
  llm::AttentionOp attention = emitAttention(b, parts, samples);
  onnx::replaceValue(rewriter, op.getOutput(), joinHeads(b, attention.getResult()));
  replaceState(rewriter, attention, op.getPresentKey(), op.getPresentValue());
}

Refusal PackedAttention::find(Samples &samples, MaskForms &forms) {
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
  auto sizesAt = [&](Sample sample) -> std::optional<ScoreSizes> {
    auto rows = samples.shape(op.getInput(), sample);
    auto past = op.getPast() ? samples.shape(op.getPast(), sample) : std::nullopt;
    if (!rows || (op.getPast() && !past))
      return std::nullopt;
    return ScoreSizes{(*rows)[0], op.getNumHeads(), (*rows)[1],
                      (*rows)[1] + (past ? (*past)[3] : 0)};
  };
  return findMasks(op.getMaskIndex(), op.getAttentionBias(),
                   op.getMaskFilterValue().value_or(-10000), op.getUnidirectional(), sizesAt,
                   samples, forms);
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
  parts.scale = scaleOf(op.getScale(), sizes[0] / heads);
  parts.resultElement = getElementTypeOrSelf(op.getInput().getType());
  parts.masks = form;
  parts.isSquare = isSquare;
  if (lengths)
    parts.keyLength = b.cast(lengths, rewriter.getI64Type());
  llm::AttentionOp attention = emitAttention(b, parts, samples);
  onnx::replaceValue(rewriter, op.getOutput(), joinHeads(b, attention.getResult()));
  if (isUsed(op.getPresent()))
    onnx::replaceValue(rewriter, op.getPresent(),
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
