// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// llm.retention in ONNX's operations: LinearAttention, or products and powers of the decay.
#include "dialects/Onnx/Build.h"
#include "dialects/Onnx/ValueNames.h"
#include "lib/Export/ExpandLlm.h"

using namespace mlir;
using namespace retort;

static RankedTensorType typeOf(Value value) { return cast<RankedTensorType>(value.getType()); }

/// batch x heads x rows x width as batch x rows x (heads width).
static Value packed(OnnxBuilder &b, Value value) {
  RankedTensorType type = typeOf(value);
  return b.reshape(b.transpose(value, {0, 2, 1, 3}),
                   {0, 0, type.getDimSize(1) * type.getDimSize(3)});
}

/// A decay or rate as batch x rows x (heads width): LinearAttention does not broadcast them.
static Value packedGate(OnnxBuilder &b, llm::RetentionOp op, Value gate) {
  if (!gate)
    return {};
  Value key = op.getKey();
  int64_t width = typeOf(gate).getDimSize(3);
  Value sizes = b.concat({b.size(key, 0), b.size(key, 1), b.size(key, 2), b.integers({width})}, 0);
  Value full = b.expand(gate, sizes);
  auto type = typeOf(key).clone(typeOf(gate).getElementType());
  SmallVector<int64_t> shape(type.getShape());
  shape[3] = width;
  full.setType(type.clone(shape));
  return packed(b, b.cast(full, typeOf(key).getElementType()));
}

static void writeLinearAttention(IRRewriter &rewriter, llm::RetentionOp op, bool isContrib) {
  OnnxBuilder b(rewriter, op.getLoc());
  int64_t heads = typeOf(op.getQuery()).getDimSize(1), groups = typeOf(op.getKey()).getDimSize(1),
          width = typeOf(op.getValue()).getDimSize(3);
  SmallVector<Value> operands{packed(b, op.getQuery()), packed(b, op.getKey()),
                              packed(b, op.getValue())};
  SmallVector<int32_t> present{1, 1, 1};
  for (Value optional :
       {Value(op.getState()), packedGate(b, op, op.getDecay()), packedGate(b, op, op.getBeta())}) {
    present.push_back(optional ? 1 : 0);
    if (optional)
      operands.push_back(optional);
  }
  OperationState state(op.getLoc(), isContrib ? onnx::MicrosoftLinearAttentionOp::getOperationName()
                                              : onnx::LinearAttentionOp::getOperationName());
  state.addOperands(operands);
  RankedTensorType result = typeOf(op.getResult());
  state.addTypes({result.clone({result.getDimSize(0), result.getDimSize(2), heads * width}),
                  op.getPresentState().getType()});
  state.addAttribute("operandSegmentSizes", rewriter.getDenseI32ArrayAttr(present));
  state.addAttribute("q_num_heads", rewriter.getI64IntegerAttr(heads));
  state.addAttribute("kv_num_heads", rewriter.getI64IntegerAttr(groups));
  state.addAttribute("scale", op.getScaleAttr());
  state.addAttribute("chunk_size", rewriter.getI64IntegerAttr(op.getChunkSize()));
  state.addAttribute("update_rule",
                     rewriter.getStringAttr(llm::stringifyRetentionRule(op.getRule())));
  Operation *written = rewriter.create(state);
  Value rows = b.reshape(written->getResult(0), {0, 0, heads, width});
  onnx::replaceValue(rewriter, op.getResult(), b.transpose(rows, {0, 2, 1, 3}));
  onnx::replaceValue(rewriter, op.getPresentState(), written->getResult(1));
  rewriter.eraseOp(op);
}

namespace {
/// The parallel form: result = (Q K' (.) D) V + D_0 Q S, where D_ij = exp((i - j) g) for j <= i,
/// else 0.
class ParallelRetention {
public:
  ParallelRetention(IRRewriter &rewriter, llm::RetentionOp op)
      : op(op), rewriter(rewriter), b(rewriter, op.getLoc()), f32(rewriter.getF32Type()) {}
  void run();

private:
  Value power(Value steps, ArrayRef<int64_t> axes);
  Value rowsOfResult(Value keys, Value values);
  Value stateBehind(Value keys, Value values);

  llm::RetentionOp op;
  IRRewriter &rewriter;
  OnnxBuilder b;
  Type f32;
  Value positions, rows, state;
};
} // namespace

/// exp(steps g) for a tensor of steps, with g given axes more: heads stay in front. Null without
/// decay.
Value ParallelRetention::power(Value steps, ArrayRef<int64_t> axes) {
  if (!op.getDecay())
    return {};
  Value decay = b.cast(op.getDecay(), f32);
  if (!axes.empty())
    decay = b.unsqueeze(decay, axes);
  Value exponent = b.multiply(decay, steps);
  return onnx::ExpOp::create(rewriter, op.getLoc(), exponent.getType(), exponent);
}

/// K' (D_T V) + exp(T g) S.
Value ParallelRetention::stateBehind(Value keys, Value values) {
  Value last = b.subtract(b.subtract(rows, positions), b.number(1, f32));
  Value fading = power(b.unsqueeze(last, {1}), {});
  Value faded = fading ? b.multiply(keys, fading) : keys;
  Value sum = b.product(b.transpose(faded, {0, 1, 3, 2}), values);
  if (!state)
    return sum;
  Value fadedState = power(b.unsqueeze(rows, {0, 1, 2, 3}), {});
  return b.add(sum, fadedState ? b.multiply(state, fadedState) : state);
}

Value ParallelRetention::rowsOfResult(Value keys, Value values) {
  int64_t heads = typeOf(op.getQuery()).getDimSize(1), groups = typeOf(op.getKey()).getDimSize(1),
          width = typeOf(op.getValue()).getDimSize(3), size = typeOf(op.getQuery()).getDimSize(3);
  Value batch = b.size(op.getQuery(), 0), count = b.size(op.getQuery(), 2);
  Value queries = b.reshape(
      b.cast(op.getQuery(), f32),
      b.concat({batch, b.integers({groups, heads / groups}), count, b.integers({size})}, 0));
  Value scores = b.product(queries, b.unsqueeze(b.transpose(keys, {0, 1, 3, 2}), {2}));
  Value ahead = b.subtract(b.unsqueeze(positions, {1}), b.unsqueeze(positions, {0}));
  Value hidden = b.less(ahead, b.number(0, f32));
  if (Value fading = power(b.maximum(ahead, b.number(0, f32)), {2}))
    scores = b.multiply(scores, fading);
  scores = b.choose(hidden, b.number(0, f32), scores);
  Value result = b.product(scores, b.unsqueeze(values, {2}));
  if (state) {
    Value cross = b.product(queries, b.unsqueeze(state, {2}));
    Value next = b.unsqueeze(b.add(positions, b.number(1, f32)), {1});
    Value fading = power(next, {2});
    result = b.add(result, fading ? b.multiply(cross, fading) : cross);
  }
  result = b.multiply(result, b.number(op.getScale().convertToFloat(), f32));
  return b.reshape(result, b.concat({batch, b.integers({heads}), count, b.integers({width})}, 0));
}

void ParallelRetention::run() {
  Value keys = b.cast(op.getKey(), f32), values = b.cast(op.getValue(), f32);
  state = op.getState() ? b.cast(op.getState(), f32) : Value();
  Value count = b.squeeze(b.size(op.getKey(), 2), {0});
  positions = b.cast(b.range(count), f32);
  rows = b.cast(count, f32);
  for (Value used : {Value(op.getResult()), Value(op.getPresentState())}) {
    if (used.use_empty())
      continue;
    Value made = used == op.getResult() ? rowsOfResult(keys, values) : stateBehind(keys, values);
    onnx::replaceValue(rewriter, used, b.cast(made, typeOf(used).getElementType()));
  }
  rewriter.eraseOp(op);
}

/// What reads before it writes, by what reads behind: one row more, whose first writes nothing and
/// whose last reads nothing.
///   y_t = q_t' S_(t-1) + (sum of q_t u_t k_t) v_t
static llm::RetentionOp readBehind(IRRewriter &rewriter, llm::RetentionOp op) {
  OnnxBuilder b(rewriter, op.getLoc());
  auto rowsAround = [&](Value value, int64_t before, int64_t behind) {
    Value padded = b.pad(value, b.integers({0, 0, before, 0, 0, 0, behind, 0}));
    SmallVector<int64_t> shape(typeOf(value).getShape());
    shape[2] = ShapedType::isDynamic(shape[2]) ? shape[2] : shape[2] + 1;
    padded.setType(typeOf(value).clone(shape));
    return padded;
  };
  Value decay = op.getDecay();
  if (decay) {
    Value key = op.getKey();
    int64_t width = typeOf(decay).getDimSize(3);
    Value sizes =
        b.concat({b.size(key, 0), b.size(key, 1), b.size(key, 2), b.integers({width})}, 0);
    SmallVector<int64_t> shape(typeOf(key).getShape());
    shape[3] = width;
    Value full = b.expand(decay, sizes);
    full.setType(typeOf(decay).clone(shape));
    decay = rowsAround(full, 1, 0);
  }
  Value query = rowsAround(op.getQuery(), 0, 1), key = rowsAround(op.getKey(), 1, 0),
        value = rowsAround(op.getValue(), 1, 0);
  SmallVector<int64_t> shape(typeOf(op.getResult()).getShape());
  shape[2] = typeOf(query).getDimSize(2);
  auto made =
      llm::RetentionOp::create(rewriter, op.getLoc(), typeOf(op.getResult()).clone(shape),
                               op.getPresentState().getType(), query, key, value, op.getState(),
                               decay, Value(), op.getRule(), op.getScale(), op.getChunkSize());
  Value weight = b.reduceSum(b.multiply(b.multiply(op.getQuery(), op.getBeta()), op.getKey()), {3});
  Value own = b.multiply(b.multiply(weight, op.getValue()),
                         b.number(op.getScale().convertToFloat(), typeOf(weight).getElementType()));
  onnx::replaceValue(rewriter, op.getResult(), b.add(b.slice(made.getResult(), 2, 0, -1), own));
  onnx::replaceValue(rewriter, op.getPresentState(), made.getPresentState());
  rewriter.eraseOp(op);
  return made;
}

LogicalResult retort::expandRetention(IRRewriter &rewriter, llm::RetentionOp op,
                                      RetentionOperators operators) {
  rewriter.setInsertionPoint(op);
  for (auto [value, axis] :
       {std::pair(Value(op.getQuery()), 1), std::pair(Value(op.getKey()), 1),
        std::pair(Value(op.getQuery()), 3), std::pair(Value(op.getValue()), 3)})
    if (typeOf(value).isDynamicDim(axis))
      return op.emitOpError()
             << "cannot be written as ONNX: expects known heads and head sizes, found "
             << value.getType();
  if (op.getBeta() && !op.isDelta()) {
    if (typeOf(op.getQuery()).getDimSize(1) != typeOf(op.getKey()).getDimSize(1))
      return op.emitOpError("cannot be written as ONNX: a bonus expects a key for each query head");
    op = readBehind(rewriter, op);
    rewriter.setInsertionPoint(op);
  }
  // A past may be empty, which LinearAttention does not take: its state alone is one product.
  bool isStateAlone = op.getResult().use_empty() && op.hasConstantDecay();
  if (operators != RetentionOperators::Expanded && !isStateAlone) {
    writeLinearAttention(rewriter, op, operators == RetentionOperators::Contrib);
    return success();
  }
  if (!op.hasConstantDecay())
    return op.emitOpError()
           << "with rule '" << llm::stringifyRetentionRule(op.getRule())
           << "' and a decay that follows the text has no expanded form: expects LinearAttention "
              "(retention=standard)";
  ParallelRetention(rewriter, op).run();
  return success();
}
