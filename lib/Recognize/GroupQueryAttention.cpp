// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// com.microsoft.GroupQueryAttention: rotary embedding, norms, a cache and attention in one.
//
// `seqlens_k + 1` columns are valid in each part of the batch; the new rows are the last of them.
// Two forms:
//   - Where that provably is past + new rows for all of the batch, whatever the inputs hold, the
//   cache is the past and the new rows behind it.
//   - Else (texts of different lengths, padded at the right, or one buffer of the largest length)
//   the new rows are put into the buffer where each text ends.
#include "lib/Recognize/FusedAttention.h"

#include "dialects/Onnx/Constants.h"
#include "dialects/Onnx/Onnx.h"
#include "dialects/Onnx/ValueNames.h"

#include <cmath>

using namespace mlir;
using namespace retort;

namespace {
class GroupQueryAttention : public FusedAttention {
public:
  explicit GroupQueryAttention(onnx::MicrosoftGroupQueryAttentionOp op) : op(op) {}
  Refusal find(Samples &samples, MaskForms &forms) override;
  void replace(IRRewriter &rewriter, Samples &samples) override;

private:
  Refusal findUnsupported();
  Refusal findSizes();
  bool fillsBehindPast(Samples &samples);
  std::optional<ScoreSizes> sizesAt(Samples &samples, Sample sample);
  void findBegin(OnnxBuilder &b);
  Value normalized(OnnxBuilder &b, Value heads, Value weight, std::optional<float> epsilon);
  Value rotated(OnnxBuilder &b, Value heads, Value positions);
  Value positions(OnnxBuilder &b);
  Value intoBuffer(OnnxBuilder &b, Value past, Value rows);
  void readOperands(OnnxBuilder &b, AttentionParts &parts);

  onnx::MicrosoftGroupQueryAttentionOp op;
  int64_t heads = 0, groups = 0, width = 0;
  /// Whether past + new columns are valid in all of the batch, and whether new rows follow the
  /// past.
  bool fills = true, behindPast = true;
  /// Columns before the new rows: of all of the batch (one integer), or of each part.
  Value begin, rows;
  /// Valid columns of each part of the batch.
  Value valid;
};
} // namespace

Refusal GroupQueryAttention::findUnsupported() {
  if (isUsed(op.getOutputQk()))
    return "its scores are used";
  if (op.getKQuantType() != "NONE" || op.getVQuantType() != "NONE")
    return "its cache is quantized";
  if (op.getQuerySeqlens())
    return "its queries are padded";
  if (op.getSlidingWindowCache())
    return "its cache slides";
  if (bool(op.getKey()) != bool(op.getValue()))
    return "it has keys without values";
  if (op.getDoRotary().value_or(0) && (!op.getCosCache() || !op.getSinCache()))
    return "it rotates without tables";
  return "";
}

Refusal GroupQueryAttention::findSizes() {
  heads = op.getNumHeads();
  groups = op.getKvNumHeads();
  auto size = lastSize(op.getQuery());
  auto type = dyn_cast<RankedTensorType>(op.getQuery().getType());
  if (!type || type.getRank() != 3 || !size)
    return "the width of its queries is not known";
  width = *size / (op.getKey() ? heads : heads + 2 * groups);
  if (heads <= 0 || groups <= 0 || heads % groups || width <= 0)
    return "its heads do not divide its queries";
  for (Value other : {op.getKey(), op.getValue()})
    if (other && lastSize(other) != groups * width)
      return "its heads do not divide its keys";
  return "";
}

std::optional<ScoreSizes> GroupQueryAttention::sizesAt(Samples &samples, Sample sample) {
  auto query = samples.shape(op.getQuery(), sample);
  auto past = op.getPastKey() ? samples.shape(op.getPastKey(), sample) : std::nullopt;
  if (!query || (op.getPastKey() && !past))
    return std::nullopt;
  return ScoreSizes{(*query)[0], heads, (*query)[1], (*query)[1] + (past ? (*past)[2] : 0)};
}

/// Whether each part of the batch has past + new valid columns, whatever masks hold.
bool GroupQueryAttention::fillsBehindPast(Samples &samples) {
  for (Sample sample : {Sample{2, 3, 2}, Sample{2, 5, 1}, Sample{2, 4, 0}})
    for (Padding padding : {Padding::None, Padding::Right, Padding::Left, Padding::All}) {
      sample.padding = padding;
      auto sizes = sizesAt(samples, sample);
      auto valid = samples.evaluate(op.getSeqlensK(), sample);
      if (failed(valid) || !sizes)
        return false;
      for (int64_t i = 0; i < valid->size(); ++i)
        if (valid->integer(i) + 1 != (*sizes)[3])
          return false;
    }
  return true;
}

Refusal GroupQueryAttention::find(Samples &samples, MaskForms &forms) {
  for (Refusal why : {findUnsupported(), findSizes()})
    if (!why.empty())
      return why;
  fills = fillsBehindPast(samples);
  behindPast = !op.getPastKey() || fills;
  SmallVector<MaskTerm> terms;
  if (Value bias = op.getAttentionBias())
    terms.push_back({MaskTerm::Add, bias, 1, false, 0, Value()});
  Refusal why;
  auto found = forms.find(
      terms, [&](Sample sample) { return sizesAt(samples, sample); }, why,
      /*keepValues=*/true);
  if (failed(found))
    return why;
  form = *found;
  form.rule.causal = op.getCausal();
  if (op.getLocalWindowSize() > 0)
    form.rule.left = op.getLocalWindowSize() - 1;
  return "";
}

/// A first prompt (as many new rows as there are columns) begins at 0; else each text ends with its
/// new rows.
void GroupQueryAttention::findBegin(OnnxBuilder &b) {
  Type i64 = b.raw().getI64Type();
  rows = b.size(op.getQuery(), 1);
  if (!fills)
    valid = b.add(b.reshape(b.cast(op.getSeqlensK(), i64), ArrayRef<int64_t>{-1}), b.integers(1));
  if (!op.getPastKey()) {
    begin = b.integers(0);
  } else if (behindPast) {
    begin = b.size(op.getPastKey(), 2);
  } else {
    Value total = b.reshape(b.cast(op.getTotalSequenceLength(), i64), ArrayRef<int64_t>{1});
    begin = b.choose(b.equal(total, rows), b.integers(0), b.subtract(valid, rows));
  }
}

/// batch x rows, or 1 x rows.
Value GroupQueryAttention::positions(OnnxBuilder &b) {
  if (Value given = op.getPositionIds())
    return b.cast(given, b.raw().getI64Type());
  Value counted = b.range(b.squeeze(rows, {0}));
  return b.add(b.unsqueeze(begin, {1}), b.unsqueeze(counted, {0}));
}

Value GroupQueryAttention::normalized(OnnxBuilder &b, Value heads, Value weight,
                                      std::optional<float> epsilon) {
  if (!weight)
    return heads;
  return llm::RmsNormOp::create(b.raw(), b.location(), heads.getType(), heads, weight,
                                llvm::APFloat(epsilon.value_or(op.getQkNormEpsilon())));
}

Value GroupQueryAttention::rotated(OnnxBuilder &b, Value heads, Value positions) {
  if (!op.getDoRotary().value_or(0))
    return heads;
  bool interleaved = op.getRotaryInterleaved().value_or(0);
  return llm::RopeOp::create(b.raw(), b.location(), heads.getType(), heads, op.getCosCache(),
                             op.getSinCache(), positions,
                             interleaved ? b.raw().getUnitAttr() : UnitAttr());
}

/// The past in a buffer of as many rows as are needed, with the new rows where each text ends.
Value GroupQueryAttention::intoBuffer(OnnxBuilder &b, Value past, Value update) {
  Value capacity = b.size(past, 2);
  Value total =
      b.reshape(b.cast(op.getTotalSequenceLength(), b.raw().getI64Type()), ArrayRef<int64_t>{1});
  Value missing = b.subtract(b.maximum(capacity, total), capacity);
  Value none = b.integers(0);
  Value buffer = b.pad(past, b.concat({b.integers({0, 0, 0, 0, 0, 0}), missing, none}, 0));
  Value batch = b.size(past, 0);
  return b.scatterRows(buffer, update, b.expand(begin, batch));
}

void GroupQueryAttention::readOperands(OnnxBuilder &b, AttentionParts &parts) {
  Value query = op.getQuery(), key = op.getKey(), value = op.getValue();
  if (!key) {
    int64_t keys = heads * width, values = keys + groups * width;
    key = b.slice(query, 2, keys, values);
    value = b.slice(query, 2, values, values + groups * width);
    query = b.slice(query, 2, 0, keys);
  }
  Value at = op.getDoRotary().value_or(0) ? positions(b) : Value();
  parts.query = rotated(
      b, normalized(b, splitHeads(b, query, heads), op.getQNormWeight(), op.getQNormEpsilon()), at);
  parts.key = rotated(
      b, normalized(b, splitHeads(b, key, groups), op.getKNormWeight(), op.getKNormEpsilon()), at);
  parts.value = splitHeads(b, value, groups);
}

void GroupQueryAttention::replace(IRRewriter &rewriter, Samples &samples) {
  rewriter.setInsertionPoint(op);
  OnnxBuilder b(rewriter, op.getLoc());
  AttentionParts parts;
  findBegin(b);
  readOperands(b, parts);
  if (op.getPastKey() && behindPast) {
    parts.pastKey = op.getPastKey();
    parts.pastValue = op.getPastValue();
  } else if (op.getPastKey()) {
    parts.key = intoBuffer(b, op.getPastKey(), parts.key);
    parts.value = intoBuffer(b, op.getPastValue(), parts.value);
    parts.offset = begin;
  }
  parts.keyLength = valid;
  parts.masks = form;
  parts.scale = scaleOf(op.getScale(), width);
  if (op.getSoftcap().value_or(0) > 0)
    parts.softcap = *op.getSoftcap();
  parts.sinks = op.getHeadSink();
  Type element = getElementTypeOrSelf(op.getQuery().getType());
  if (!parts.sinks && op.getSmoothSoftmax() == 1)
    parts.sinks = makeSplat(rewriter, op.getLoc(), element, heads, 0);
  parts.isSquare = true;
  parts.resultElement = element;
  llm::AttentionOp attention = emitAttention(b, parts, samples);
  onnx::replaceValue(rewriter, op.getOutput(), joinHeads(b, attention.getResult()));
  replaceState(rewriter, attention, op.getPresentKey(), op.getPresentValue());
}

std::unique_ptr<FusedAttention> retort::groupQueryAttention(Operation *op) {
  return std::make_unique<GroupQueryAttention>(cast<onnx::MicrosoftGroupQueryAttentionOp>(op));
}
