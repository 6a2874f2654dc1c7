// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Replaces the attention of some layers by retention.
//
//   %y, %k, %v = llm.attention(%q, %k0, %v0) {causal, scale = 0.35 : f32} : ...
//   ==> compress-replace-attention-by-retention{layers=0 form=plain}
//   %y, %state = llm.retention gated(%q, %k0, %v0 decay %g) {scale = 0.35 : f32} : ...
#include "lib/Compress/ReplaceAttentionByRetention/MultiScaleDecay.h"
#include "dialects/Onnx/Build.h"
#include "lib/Weights/Remark.h"

#include "dialects/Onnx/Onnx.h"
#include "dialects/Onnx/Shape/SymbolicDims.h"

#include "lib/Statistics/WeightStatistics.h"
#include "mlir/Pass/Pass.h"

namespace retort {
#define GEN_PASS_DECL
#define GEN_PASS_DEF_REPLACEATTENTIONBYRETENTIONPASS
#include "lib/Compress/ReplaceAttentionByRetention/ReplaceAttentionByRetention.h.inc"
} // namespace retort

using namespace mlir;
using namespace retort;

static RankedTensorType typeOf(Value value) { return cast<RankedTensorType>(value.getType()); }

/// What speaks against the replacement; empty if nothing does.
static std::string whyNot(llm::AttentionOp op) {
  if (!op.getCausal())
    return "expects causal self-attention, found attention to all columns";
  if (op.getBias())
    return "expects scores without a bias, found one";
  if (op.getKeyLength() || op.getOffset())
    return "expects keys that end with the last row, found a cache of another length";
  if (op.getMask()) {
    RankedTensorType mask = typeOf(op.getMask());
    if (mask.getRank() > 1 && mask.getDimSize(mask.getRank() - 2) != 1)
      return "expects a mask of columns, found one that differs between rows";
    if (mask.getRank() == 4 && mask.getDimSize(1) != 1)
      return "expects a mask of columns, found one that differs between heads";
    if (mask.getRank() != 4 && mask.getRank() > 2)
      return "expects a mask of rank 4, found one of rank " + std::to_string(mask.getRank());
  }
  if (ShapedType::isDynamic(typeOf(op.getKey()).getDimSize(1)) ||
      ShapedType::isDynamic(typeOf(op.getQuery()).getDimSize(1)))
    return "expects a known number of heads";
  return "";
}

namespace {
/// Builds what takes the place of one attention.
class Replacement {
public:
  Replacement(OpBuilder &builder, llm::AttentionOp op)
      : op(op), b(builder, op.getLoc()), element(typeOf(op.getQuery()).getElementType()),
        heads(typeOf(op.getQuery()).getDimSize(1)), groups(typeOf(op.getKey()).getDimSize(1)) {}

  /// The result in place of attention's.
  Value run(bool expansion);
  /// All keys and values, the past included.
  Value keys, values;

private:
  Value perHead(int64_t count, llvm::function_ref<double(int64_t)> number, Type type);
  Value withOne(Value tensor, int64_t heads);
  Value rows(Value all, bool past);
  Value counts();
  Value divisor();
  llm::RetentionOp retain(Value query, Value key, Value value, Value state, double scale);

  llm::AttentionOp op;
  OnnxBuilder b;
  Type element;
  int64_t heads, groups;
  Value visible; ///< B x 1 x S x 1, in the element type; null where all columns are
  Value pastRows, decay;
};
} // namespace

/// A constant of 1 x count x 1 x 1.
Value Replacement::perHead(int64_t count, llvm::function_ref<double(int64_t)> number, Type type) {
  SmallVector<float> numbers;
  for (int64_t head = 0; head < count; ++head)
    numbers.push_back(float(number(head)));
  auto shape = RankedTensorType::get({1, count, 1, 1}, b.raw().getF32Type());
  OperationState constant(op.getLoc(), onnx::ConstantOp::getOperationName());
  constant.addTypes(shape);
  constant.addAttribute("value", DenseElementsAttr::get(shape, ArrayRef<float>(numbers)));
  return b.cast(b.raw().create(constant)->getResult(0), type);
}

/// One more coordinate, which is 1.
Value Replacement::withOne(Value tensor, int64_t heads) {
  Value shape =
      b.concat({b.size(tensor, 0), b.integers({heads}), b.size(tensor, 2), b.integers({1})}, 0);
  return b.concat({tensor, b.expand(b.number(1, element), shape)}, 3);
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

/// The sum of a head's decay factors: (1 - g^n) / (1 - g) for n columns, by n (1 + n ln g / 2)
/// where the difference of nearly equal numbers would lose all digits.
Value Replacement::divisor() {
  OpBuilder &builder = b.raw();
  Type f32 = builder.getF32Type();
  int64_t repeats = heads / groups;
  Value count = counts();
  Value exponent =
      b.multiply(count, perHead(heads, [&](int64_t h) { return logDecay(h / repeats); }, f32));
  Value power = onnx::ExpOp::create(builder, op.getLoc(), exponent.getType(), exponent);
  Value inverse =
      perHead(heads, [&](int64_t h) { return std::ldexp(1.0, 5 + int(h / repeats)); }, f32);
  Value large = b.multiply(b.subtract(b.number(1, f32), power), inverse);
  Value half = b.multiply(exponent, b.number(0.5, f32));
  Value small = b.multiply(count, b.add(half, b.number(1, f32)));
  Value sum = b.choose(b.less(exponent, b.number(-1e-3, f32)), large, small);
  // A row that sees nothing has nothing to divide.
  return b.cast(b.maximum(sum, b.number(1e-6, f32)), element);
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

Value Replacement::run(bool expansion) {
  keys = op.getPastKey() ? b.concat({op.getPastKey(), op.getKey()}, 2) : Value(op.getKey());
  values =
      op.getPastValue() ? b.concat({op.getPastValue(), op.getValue()}, 2) : Value(op.getValue());
  decay = perHead(groups, logDecay, element);
  if (op.getPastKey())
    pastRows = b.size(op.getPastKey(), 2);
  if (Value mask = op.getMask()) { // ... x 1 x S -> B x 1 x S x 1
    SmallVector<int64_t> missing =
        llvm::to_vector(llvm::seq<int64_t>(0, 4 - typeOf(mask).getRank()));
    Value full = missing.empty() ? mask : b.unsqueeze(mask, missing);
    visible = b.transpose(b.cast(full, element), {0, 1, 3, 2});
  }
  double scale = op.getScale().convertToFloat();
  Value query = op.getQuery(), key = keys;
  if (expansion) { // (scale q, 1) (k, 1)' = 1 + scale q k'
    query = withOne(b.multiply(query, b.number(scale, element)), heads);
    key = withOne(key, groups);
    scale = 1;
  }
  if (visible) // hidden keys add nothing to any state
    key = b.multiply(key, visible);
  Value state;
  if (pastRows) {
    Value before = rows(key, true);
    state = retain(before, before, rows(values, true), Value(), 1).getPresentState();
  }
  Value result = retain(query, rows(key, false), rows(values, false), state, scale).getResult();
  if (!expansion)
    return result;
  return onnx::DivOp::create(b.raw(), op.getLoc(), result.getType(), result, divisor());
}

namespace {
struct ReplaceAttentionByRetentionPass
    : retort::impl::ReplaceAttentionByRetentionPassBase<ReplaceAttentionByRetentionPass> {
  using Base::Base;

  LogicalResult checkOptions(size_t found) {
    ModuleOp module = getOperation();
    if (form != "expansion" && form != "plain")
      return module.emitError() << "expects 'form' to be expansion or plain, found '" << form
                                << "'";
    if (found == 0)
      return module.emitError()
             << "'" << getArgument()
             << "' finds no attention in the model: it looks for llm.attention, which "
                "retort-recognize makes";
    if (layers.empty())
      return module.emitError() << "expects 'layers', indices of 0 to " << found - 1
                                << ", found none";
    for (int64_t layer : layers)
      if (layer < 0 || layer >= int64_t(found))
        return module.emitError() << "expects 'layers' of 0 to " << found - 1 << ", found "
                                  << layer;
    return success();
  }

  void replace(llm::AttentionOp op, int64_t layer) {
    OpBuilder builder(op);
    Replacement replacement(builder, op);
    Value result = replacement.run(form == "expansion");
    std::string name = "attention " + std::to_string(layer);
    remark::passed(op.getLoc(), remark::RemarkOpts::name(getArgument()).category("compress"))
        << remark::metric("weight", name) << remark::metric("layer", layer)
        << remark::metric("heads", typeOf(op.getKey()).getDimSize(1))
        << remark::metric("exactness", "statistical");
    op.getResult().replaceAllUsesWith(result);
    op.getPresentKey().replaceAllUsesWith(replacement.keys);
    op.getPresentValue().replaceAllUsesWith(replacement.values);
    op.erase();
  }

  void runOnOperation() override {
    SmallVector<llm::AttentionOp> attentions;
    getOperation().walk([&](llm::AttentionOp op) { attentions.push_back(op); });
    if (failed(checkOptions(attentions.size())))
      return signalPassFailure();
    llvm::SmallSetVector<int64_t, 8> chosen(layers.begin(), layers.end());
    for (int64_t layer : chosen)
      if (std::string reason = whyNot(attentions[layer]); !reason.empty()) {
        attentions[layer].emitError() << "layer " << layer << " " << reason;
        return signalPassFailure();
      }
    for (int64_t layer : chosen)
      replace(attentions[layer], layer);
    markStale(getOperation(), getArgument());
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (!function.isExternal() && failed(onnx::SymbolicDims().infer(function)))
        return signalPassFailure();
  }
};
} // namespace
