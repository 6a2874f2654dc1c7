// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What takes the place of one attention.
#include "lib/Compress/ReplaceAttentionByRetention/Replacement.h"
#include "lib/Compress/ReplaceAttentionByRetention/MultiScaleDecay.h"

#include "dialects/Onnx/Constants.h"
#include "dialects/Onnx/Onnx.h"

using namespace mlir;
using namespace retort;

static RankedTensorType typeOf(Value value) { return cast<RankedTensorType>(value.getType()); }

RetentionParameters RetentionParameters::initial(llm::AttentionOp op, RetentionForm form) {
  RetentionParameters result;
  int64_t groups = typeOf(op.getKey()).getDimSize(1), heads = typeOf(op.getQuery()).getDimSize(1);
  for (int64_t head = 0; head < groups; ++head) {
    double place = groups == 1 ? .5 : double(head) / double(groups - 1);
    double halfLife = 4 * std::pow(90.0 / 4, place);
    result.logDecays.push_back(
        float(form == RetentionForm::Normalized ? -std::log(2.0) / halfLife : logDecay(head)));
  }
  if (form == RetentionForm::Normalized) {
    result.constants.assign(size_t(heads), 1);
    result.norm.assign(size_t(heads * typeOf(op.getValue()).getDimSize(3)), 1);
  }
  return result;
}

Replacement::Replacement(OpBuilder &builder, llm::AttentionOp op, RetentionValues parameters)
    : op(op), b(builder, op.getLoc()), element(typeOf(op.getQuery()).getElementType()),
      heads(typeOf(op.getQuery()).getDimSize(1)), groups(typeOf(op.getKey()).getDimSize(1)),
      parameters(parameters) {}

/// One more coordinate: a number, or one for each head.
Value Replacement::withCoordinate(Value tensor, Value number, int64_t heads) {
  Value shape =
      b.concat({b.size(tensor, 0), b.integers({heads}), b.size(tensor, 2), b.integers({1})}, 0);
  return b.concat({tensor, b.expand(number, shape)}, 3);
}

/// The rows of the past, or those behind it.
Value Replacement::rows(Value all, bool past) {
  if (!pastRows)
    return past ? Value() : all;
  SmallVector<int64_t> shape(typeOf(all).getShape());
  shape[2] = typeOf(past ? op.getPastKey() : op.getKey()).getDimSize(2);
  Value begin = past ? b.integers({0}) : pastRows, end = past ? pastRows : b.size(all, 2);
  return onnx::SliceOp::create(b.raw(), op.getLoc(), typeOf(all).clone(shape), all, begin, end,
                               b.integers({2}), Value());
}

/// How many columns each row sees, in f32: ... x 1 x T x 1.
Value Replacement::counts() {
  OpBuilder &builder = b.raw();
  Type f32 = builder.getF32Type();
  if (visible) {
    Value ones = b.cast(visible, f32);
    return rows(onnx::CumSumOp::create(builder, op.getLoc(), ones.getType(), ones,
                                       b.number(2, builder.getI64Type())),
                false);
  }
  Value places = b.cast(b.range(b.squeeze(b.size(op.getQuery(), 2), {0})), f32);
  if (pastRows)
    places = b.add(places, b.cast(pastRows, f32));
  return b.unsqueeze(b.add(places, b.number(1, f32)), {0, 1, 3});
}

/// One number for each query head, from one for each key-value head.
Value Replacement::repeated(Value ofGroups) {
  int64_t repeats = heads / groups;
  if (repeats == 1)
    return ofGroups;
  Value each =
      b.expand(b.reshape(ofGroups, {1, groups, 1, 1, 1}), b.integers({1, groups, repeats, 1, 1}));
  return b.reshape(each, {1, heads, 1, 1});
}

/// 1 - exp(x), by -x (1 + x / 2) where the difference of nearly equal numbers would lose all
/// digits.
Value Replacement::oneMinusExp(Value x) {
  Type f32 = b.raw().getF32Type();
  Value large =
      b.subtract(b.number(1, f32), onnx::ExpOp::create(b.raw(), op.getLoc(), x.getType(), x));
  Value half = b.add(b.multiply(x, b.number(.5, f32)), b.number(1, f32));
  return b.choose(b.less(x, b.number(-1e-3, f32)), large, b.negate(b.multiply(x, half)));
}

/// The sum of a head's decay factors: (1 - g^n) / (1 - g) for n columns.
Value Replacement::divisor() {
  Value logDecay = repeated(parameters.logDecays);
  Value sum = b.divide(oneMinusExp(b.multiply(counts(), logDecay)), oneMinusExp(logDecay));
  // A row that sees nothing has nothing to divide.
  return b.cast(b.maximum(sum, b.number(1e-6, b.raw().getF32Type())), element);
}

llm::RetentionOp Replacement::retain(Value query, Value key, Value value, Value state,
                                     double scale) {
  SmallVector<int64_t> result(typeOf(query).getShape());
  result[3] = typeOf(value).getDimSize(3);
  auto behind = RankedTensorType::get(
      {typeOf(key).getDimSize(0), groups, typeOf(key).getDimSize(3), result[3]}, element);
  return llm::RetentionOp::create(b.raw(), op.getLoc(), RankedTensorType::get(result, element),
                                  behind, query, key, value, state, decay, Value(),
                                  llm::RetentionRule::Gated, APFloat(float(scale)), 64);
}

void Replacement::prepare() {
  keys = op.getPastKey() ? b.concat({op.getPastKey(), op.getKey()}, 2) : Value(op.getKey());
  values =
      op.getPastValue() ? b.concat({op.getPastValue(), op.getValue()}, 2) : Value(op.getValue());
  decay = b.cast(parameters.logDecays, element);
  if (op.getPastKey())
    pastRows = b.size(op.getPastKey(), 2);
  if (Value mask = op.getMask()) { // ... x 1 x S -> B x 1 x S x 1
    SmallVector<int64_t> missing =
        llvm::to_vector(llvm::seq<int64_t>(0, 4 - typeOf(mask).getRank()));
    Value full = missing.empty() ? mask : b.unsqueeze(mask, missing);
    visible = b.transpose(b.cast(full, element), {0, 1, 3, 2});
  }
}

/// The rows behind the past, from the state that the past leaves.
Value Replacement::retainAll(Value query, Value key, Value value, double scale) {
  if (visible) // hidden keys add nothing to any state
    key = b.multiply(key, visible);
  Value state;
  if (pastRows) {
    Value before = rows(key, true);
    state = retain(before, before, rows(value, true), Value(), 1).getPresentState();
  }
  return retain(query, rows(key, false), rows(value, false), state, scale).getResult();
}

Value Replacement::run(RetentionForm form) {
  prepare();
  double scale = op.getScale().convertToFloat();
  Value query = op.getQuery(), key = keys;
  if (form != RetentionForm::Plain) { // (scale q, c) (k, 1)' = c + scale q k'
    Value one = b.number(1, element);
    Value constant = parameters.constants ? b.cast(parameters.constants, element) : one;
    query = withCoordinate(b.multiply(query, b.number(scale, element)), constant, heads);
    key = withCoordinate(key, one, groups);
    scale = 1;
  }
  Value result = retainAll(query, key, values, scale);
  if (form == RetentionForm::Expansion)
    return onnx::DivOp::create(b.raw(), op.getLoc(), result.getType(), result, divisor());
  if (form == RetentionForm::Plain)
    return result;
  OpBuilder &builder = b.raw();
  int64_t width = typeOf(values).getDimSize(3);
  Value ones = makeConstantOp(
      builder, op.getLoc(),
      DenseElementsAttr::get(RankedTensorType::get({width}, builder.getF32Type()), 1.0f));
  Value normed = llm::RmsNormOp::create(builder, op.getLoc(), result.getType(), result,
                                        b.cast(ones, element), APFloat(1e-6f));
  return b.multiply(normed, b.cast(parameters.norm, element));
}

/// Behind the query heads (scale q, 0) of each group one more, (0, 1): B x (G * (H/G + 1)) x T x
/// (D + 1).
Value Replacement::separatedQuery() {
  int64_t perGroup = heads / groups, width = typeOf(op.getQuery()).getDimSize(3) + 1;
  Value scale = b.number(op.getScale().convertToFloat(), element);
  Value scaled = withCoordinate(b.multiply(op.getQuery(), scale), b.number(0, element), heads);
  Value each = b.reshape(scaled, {0, groups, perGroup, -1, width});
  SmallVector<float> last(width);
  last.back() = 1;
  auto type = RankedTensorType::get({1, 1, 1, 1, width}, b.raw().getF32Type());
  Value unit = makeConstantOp(b.raw(), op.getLoc(), DenseElementsAttr::get(type, ArrayRef(last)));
  Value shape = b.concat({b.size(op.getQuery(), 0), b.integers({groups, 1}),
                          b.size(op.getQuery(), 2), b.integers({width})},
                         0);
  Value all = b.concat({each, b.expand(b.cast(unit, element), shape)}, 2);
  return b.reshape(all, {0, groups * (perGroup + 1), -1, width});
}

/// The heads `count` times beside themselves.
Value Replacement::rounds(Value tensor, int64_t count) {
  return count == 1 ? tensor : b.concat(SmallVector<Value>(count, tensor), 1);
}

/// Divided by the sums of decays, heads beside each other.
Value Replacement::mergedParts(Value result) {
  int64_t width = typeOf(values).getDimSize(3);
  return b.reshape(b.transpose(b.divide(result, divisor()), {0, 2, 1, 3}), {0, 0, heads * width});
}

Value Replacement::runSeparated(int64_t count) {
  prepare();
  Value query = rounds(separatedQuery(), count),
        key = rounds(withCoordinate(keys, b.number(1, element), groups), count);
  int64_t perGroup = heads / groups + 1;
  groups *= count;
  heads = groups * perGroup;
  return mergedParts(retainAll(query, key, rounds(values, count), 1));
}

/// B x heads x T x 1.
Value Replacement::ones(Value like, int64_t count) {
  Value shape =
      b.concat({b.size(like, 0), b.integers({count}), b.size(like, 2), b.integers({1})}, 0);
  return b.expand(b.number(1, element), shape);
}

Value Replacement::runAverages(int64_t count) {
  prepare();
  groups *= count;
  heads = groups;
  Value query = ones(op.getQuery(), heads), key = ones(values, groups);
  return mergedParts(retainAll(query, key, rounds(values, count), 1));
}
