// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Operands, attributes and types of llm.attention.
#include "lib/Recognize/EmitAttention.h"

#include "dialects/Onnx/Onnx.h"

using namespace mlir;
using namespace retort;

static RankedTensorType typeOf(Value value) { return cast<RankedTensorType>(value.getType()); }

Value retort::tokenMask(OnnxBuilder &b, Value tokens) {
  return b.unsqueeze(b.cast(tokens, b.raw().getI1Type()), {1, 2});
}

/// The term's value as something that broadcasts to batch x heads x rows x columns. Where the
/// scores have one axis for batch and heads, or three, so may the value; it is given two.
static Value alignedTerm(OnnxBuilder &b, const MaskTerm &term, int64_t heads, Samples &samples) {
  auto type = typeOf(term.value);
  auto scores = term.scores ? cast<RankedTensorType>(term.scores.getType()) : RankedTensorType();
  if (!scores || scores.getRank() == 4 || type.getRank() < 3 || type.getRank() < scores.getRank())
    return term.value;
  ArrayRef<int64_t> leading = type.getShape().drop_back(2);
  if (llvm::all_of(leading, [](int64_t size) { return size == 1; }))
    return type.getRank() == 3
               ? term.value
               : b.squeeze(term.value, llvm::to_vector(llvm::seq<int64_t>(0, type.getRank() - 3)));
  int64_t rank = type.getRank();
  Value rows = b.size(term.value, rank - 2), columns = b.size(term.value, rank - 1);
  bool sharedByHeads = llvm::all_of(leading.drop_front(), [](int64_t size) { return size == 1; }) &&
                       leading.size() > 1;
  Value front = b.integers({-1, sharedByHeads ? 1 : heads});
  return b.reshape(term.value, b.concat({front, rows, columns}, 0));
}

/// What a filter adds: batch x 1 x 1 x columns, or batch x 1 x rows x columns.
static Value filterBias(OnnxBuilder &b, const MaskTerm &term, Type element) {
  Value tokens = b.cast(term.value, b.raw().getI1Type());
  Value bias = b.choose(tokens, b.number(0, element), b.number(term.fill, element));
  SmallVector<int64_t> oneAxis{1}, twoAxes{1, 2};
  return b.unsqueeze(bias, typeOf(bias).getRank() == 2 ? twoAxes : oneAxis);
}

static Value addedTerm(OnnxBuilder &b, const MaskTerm &term, int64_t heads, Type element,
                       Samples &samples) {
  if (term.kind == MaskTerm::Filter)
    return filterBias(b, term, element);
  Value value = alignedTerm(b, term, heads, samples);
  if (term.factor == 1)
    return value;
  return b.multiply(value, b.number(term.factor, typeOf(value).getElementType()));
}

static Value conditionTerm(OnnxBuilder &b, const MaskTerm &term, int64_t heads, Samples &samples) {
  Value value = alignedTerm(b, term, heads, samples);
  return term.hiddenWhere ? b.invert(value) : value;
}

/// rows x width of the values behind the queries' batch and heads; past and new rows of a cache.
static Type resultType(const AttentionParts &parts) {
  SmallVector<int64_t> shape(typeOf(parts.query).getShape());
  shape.back() = typeOf(parts.value).getShape().back();
  return RankedTensorType::get(shape, parts.resultElement);
}

static Type presentType(Value past, Value rows) {
  auto type = typeOf(rows);
  if (!past)
    return type;
  SmallVector<int64_t> shape(type.getShape());
  int64_t before = typeOf(past).getDimSize(2);
  bool known = !ShapedType::isDynamic(before) && !ShapedType::isDynamic(shape[2]);
  shape[2] = known ? before + shape[2] : ShapedType::kDynamic;
  return RankedTensorType::get(shape, type.getElementType());
}

llm::AttentionOp retort::emitAttention(OnnxBuilder &b, const AttentionParts &parts,
                                       Samples &samples) {
  const MaskForm &form = parts.masks;
  int64_t heads = typeOf(parts.query).getDimSize(1);
  Value mask, bias, offset = parts.offset;
  if (form.padding)
    mask = tokenMask(b, form.padding);
  for (const MaskTerm &term : form.conditions) {
    Value own = conditionTerm(b, term, heads, samples);
    mask = mask ? b.both(mask, own) : own;
  }
  for (const MaskTerm &term : form.biases) {
    Value own = addedTerm(b, term, heads, parts.resultElement, samples);
    bias = bias ? b.add(bias, own) : own;
  }
  bool byPlace = form.rule.causal || form.rule.left || form.rule.right;
  if (byPlace && !offset && !parts.pastKey && !parts.isSquare)
    offset = b.subtract(b.size(parts.key, 2), b.size(parts.query, 2));
  OpBuilder &builder = b.raw();
  auto window = [&](std::optional<int64_t> size) {
    return size ? builder.getI64IntegerAttr(*size) : IntegerAttr();
  };
  return llm::AttentionOp::create(
      builder, b.location(),
      TypeRange{resultType(parts), presentType(parts.pastKey, parts.key),
                presentType(parts.pastValue, parts.value)},
      parts.query, parts.key, parts.value, parts.pastKey, parts.pastValue, mask, bias,
      parts.keyLength, offset, parts.sinks, builder.getF32FloatAttr(parts.scale),
      form.rule.causal ? builder.getUnitAttr() : UnitAttr(), window(form.rule.left),
      window(form.rule.right),
      parts.softcap ? builder.getF32FloatAttr(*parts.softcap) : FloatAttr(),
      llm::MaskedRowsAttr::get(builder.getContext(), form.hiddenRows));
}
