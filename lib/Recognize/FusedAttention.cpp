// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The operation Attention of the standard.
#include "lib/Recognize/FusedAttention.h"

#include "dialects/Onnx/Onnx.h"
#include "dialects/Onnx/ValueNames.h"

#include <cmath>

using namespace mlir;
using namespace retort;

static int64_t rankOf(Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  return type ? type.getRank() : -1;
}

std::optional<int64_t> retort::lastSize(Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  if (!type || type.getRank() == 0 || ShapedType::isDynamic(type.getShape().back()))
    return std::nullopt;
  return type.getShape().back();
}

Value retort::splitHeads(OnnxBuilder &b, Value rows, int64_t heads) {
  if (rankOf(rows) == 4)
    return rows;
  return b.transpose(b.reshape(rows, {0, 0, heads, *lastSize(rows) / heads}), {0, 2, 1, 3});
}

Value retort::joinHeads(OnnxBuilder &b, Value heads) {
  auto type = cast<RankedTensorType>(heads.getType());
  bool known = !type.isDynamicDim(1) && !type.isDynamicDim(3);
  int64_t width = known ? type.getDimSize(1) * type.getDimSize(3) : -1;
  return b.reshape(b.transpose(heads, {0, 2, 1, 3}), {0, 0, width});
}

void retort::replaceState(IRRewriter &rewriter, llm::AttentionOp attention, Value presentKey,
                          Value presentValue) {
  if (presentKey)
    onnx::replaceValue(rewriter, presentKey, attention.getPresentKey());
  if (presentValue)
    onnx::replaceValue(rewriter, presentValue, attention.getPresentValue());
}

double retort::scaleOf(std::optional<float> given, int64_t width) {
  double scale = given.value_or(0);
  return scale == 0 ? 1 / std::sqrt(double(width)) : scale;
}

namespace {
class StandardAttention : public FusedAttention {
public:
  explicit StandardAttention(onnx::AttentionOp op) : op(op) {}
  Refusal find(Samples &samples, MaskForms &forms) override;
  void replace(IRRewriter &rewriter, Samples &samples) override;

private:
  Refusal findSizes();
  std::optional<ScoreSizes> sizesAt(Samples &samples, Sample sample);
  bool seesByPlace() {
    return op.getIsCausal() || op.getLeftWindowSize() >= 0 || op.getRightWindowSize() >= 0;
  }

  onnx::AttentionOp op;
  int64_t heads = 0, groups = 0, width = 0;
  bool isSquare = true;
};
} // namespace

Refusal StandardAttention::findSizes() {
  Value query = op.getQ(), key = op.getK();
  bool isFlat = rankOf(query) == 3;
  if ((rankOf(query) != 4 && !isFlat) || rankOf(key) != rankOf(query) ||
      rankOf(op.getV()) != rankOf(query))
    return "its operands have no known ranks of three or four";
  if (!lastSize(query) || !lastSize(key) || !lastSize(op.getV()))
    return "the width of its heads is not known";
  heads = isFlat ? op.getQNumHeads().value_or(0)
                 : cast<RankedTensorType>(query.getType()).getDimSize(1);
  groups =
      isFlat ? op.getKvNumHeads().value_or(0) : cast<RankedTensorType>(key.getType()).getDimSize(1);
  if (heads <= 0 || groups <= 0)
    return "the number of its heads is not known";
  width = isFlat ? *lastSize(query) / heads : *lastSize(query);
  return "";
}

std::optional<ScoreSizes> StandardAttention::sizesAt(Samples &samples, Sample sample) {
  auto query = samples.shape(op.getQ(), sample), key = samples.shape(op.getK(), sample);
  auto past = op.getPastKey() ? samples.shape(op.getPastKey(), sample) : std::nullopt;
  if (!query || !key || (op.getPastKey() && !past))
    return std::nullopt;
  int64_t columns = (*key)[key->size() - 2];
  return ScoreSizes{(*query)[0], heads, (*query)[query->size() - 2],
                    columns + (past ? (*past)[2] : 0)};
}

Refusal StandardAttention::find(Samples &samples, MaskForms &forms) {
  if (isUsed(op.getQkMatmulOutput()))
    return "its scores are used";
  if (Refusal why = findSizes(); !why.empty())
    return why;
  Value mask = op.getAttnMask();
  for (Sample sample : samples.probes()) {
    auto sizes = sizesAt(samples, sample);
    isSquare &= sizes && (*sizes)[2] == (*sizes)[3];
    auto shape = mask ? samples.shape(mask, sample) : std::nullopt;
    if (mask && (!shape || !sizes || shape->empty() ||
                 (shape->back() != 1 && shape->back() != (*sizes)[3])))
      return "its mask has fewer columns than its keys";
  }
  SmallVector<MaskTerm> terms;
  if (mask && getElementTypeOrSelf(mask.getType()).isInteger(1))
    terms.push_back({MaskTerm::Choose, mask, 1, false, -INFINITY, Value()});
  else if (mask)
    terms.push_back({MaskTerm::Add, mask, 1, false, 0, Value()});
  // Attributes count places from offset 0, a rule for the mask from columns - rows.
  bool differ = !isSquare && !op.getPastKey();
  Refusal why;
  auto sizes = [&](Sample sample) { return sizesAt(samples, sample); };
  auto found = forms.find(terms, sizes, why, /*keepValues=*/seesByPlace() && differ);
  // Rows that the mask hides take the mean of columns that attributes leave, not of all.
  if (succeeded(found) && seesByPlace() && found->hiddenRows == llm::MaskedRows::Mean)
    found = forms.find(terms, sizes, why, /*keepValues=*/true);
  if (failed(found))
    return why;
  form = *found;
  form.rule.causal |= op.getIsCausal() != 0;
  auto narrow = [](std::optional<int64_t> &window, int64_t size) {
    if (size >= 0)
      window = std::min(window.value_or(size), size);
  };
  narrow(form.rule.left, op.getLeftWindowSize());
  narrow(form.rule.right, op.getRightWindowSize());
  return "";
}

void StandardAttention::replace(IRRewriter &rewriter, Samples &samples) {
  rewriter.setInsertionPoint(op);
  OnnxBuilder b(rewriter, op.getLoc());
  AttentionParts parts;
  parts.query = splitHeads(b, op.getQ(), heads);
  parts.key = splitHeads(b, op.getK(), groups);
  parts.value = splitHeads(b, op.getV(), groups);
  parts.pastKey = op.getPastKey();
  parts.pastValue = op.getPastValue();
  parts.masks = form;
  parts.scale = op.getScale().value_or(1 / std::sqrt(float(width)));
  if (op.getSoftcap() > 0)
    parts.softcap = op.getSoftcap();
  parts.isSquare = isSquare || seesByPlace();
  parts.resultElement = getElementTypeOrSelf(op.getQ().getType());
  if (Value lengths = op.getNonpadKvSeqlen()) {
    parts.keyLength = lengths;
    if (seesByPlace() && !parts.pastKey)
      parts.offset = b.subtract(lengths, b.size(parts.query, 2));
  }
  llm::AttentionOp attention = emitAttention(b, parts, samples);
  bool isFlat = rankOf(op.getQ()) == 3;
  onnx::replaceValue(rewriter, op.getY(),
                     isFlat ? joinHeads(b, attention.getResult()) : Value(attention.getResult()));
  replaceState(rewriter, attention, op.getPresentKey(), op.getPresentValue());
}

std::unique_ptr<FusedAttention> retort::fusedAttention(Operation *op) {
  if (auto standard = dyn_cast<onnx::AttentionOp>(op))
    return std::make_unique<StandardAttention>(standard);
  if (isa<onnx::MicrosoftGroupQueryAttentionOp>(op))
    return groupQueryAttention(op);
  if (isa<onnx::MicrosoftMultiHeadAttentionOp>(op))
    return multiHeadAttention(op);
  if (isa<onnx::MicrosoftAttentionOp>(op))
    return packedAttention(op);
  return nullptr;
}
