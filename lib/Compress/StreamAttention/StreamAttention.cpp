// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Attention to sinks and a window.
//
//   llm.attention(llm.rope(%x, %cos, %sin), llm.rope(%y, %cos, %sin), %v) {causal}
//   ==> compress-stream-attention{sink-tokens=4 window=252}
//   %far  = llm.rope(%x, %cos, %sin)
//   %near = llm.rope(%x, %cos256, %sin256 at min(%positions, 255))
//   %k    = llm.rope(%y, %cos, %sin)
//   llm.attention(onnx.Concat(%far, %near), onnx.Concat(%k * (1 - %sink), %k * %sink), %v mask
//   %seen) {causal}
#include "lib/Analysis/SinkWindow.h"
#include "lib/Compress/ExtendRope/RopeTables.h"
#include "lib/Statistics/WeightStatistics.h"
#include "lib/Weights/Remark.h"

#include "dialects/Onnx/Onnx.h"
#include "dialects/Onnx/Shape/SymbolicDims.h"

#include "mlir/Pass/Pass.h"

namespace retort {
#define GEN_PASS_DECL
#define GEN_PASS_DEF_STREAMATTENTIONPASS
#include "lib/Compress/StreamAttention/StreamAttention.h.inc"
} // namespace retort

using namespace mlir;
using namespace retort;

static RankedTensorType typeOf(Value value) { return cast<RankedTensorType>(value.getType()); }

/// What speaks against it; empty if nothing does.
static std::string whyNot(llm::AttentionOp op) {
  if (op.getPastKey() || op.getOffset() || op.getKeyLength())
    return "expects a model that reads whole texts, found a cache as input";
  if (!op.getCausal())
    return "expects causal self-attention, found attention to all columns";
  if (op.getLeftWindow() || op.getRightWindow())
    return "expects attention to the whole past, found a window";
  if (op.getBias())
    return "expects scores without a bias, found one";
  if (!op.getPresentKey().use_empty() || !op.getPresentValue().use_empty())
    return "expects keys and values that stay in the model, found them as results";
  for (Value operand : {op.getQuery(), op.getKey()})
    if (!operand.getDefiningOp<llm::RopeOp>())
      return "expects queries and keys behind a rotary embedding, found positions of another kind";
  return "";
}

namespace {
/// The rewriting of one function.
class Streams {
public:
  Streams(func::FuncOp function, SinkWindow shape)
      : shape(shape), samples(function), tables(function, samples) {}
  LogicalResult describe(ArrayRef<llm::AttentionOp> attentions);
  LogicalResult rewrite(llm::AttentionOp op);
  void finish() { tables.finish(); }

private:
  Value rowsOf(llm::RopeOp op, const RopeDescription &rope, std::string &reason);
  Value near(llm::RopeOp op, const RopeDescription &rope, Value rows);
  Value sinkRows(OnnxBuilder &b, Value rows);
  Value seen(OnnxBuilder &b, llm::AttentionOp op);

  SinkWindow shape;
  Samples samples;
  RopeTables tables;
  llvm::DenseMap<Operation *, RopeDescription> ropes;
  llvm::DenseMap<Value, Value> positions, places, sinks; ///< as rows; by rows
  Value rule;                                            ///< which columns rows see
  std::map<std::vector<double>, RopeTables::Tables> nearTables;
};
} // namespace

LogicalResult Streams::describe(ArrayRef<llm::AttentionOp> attentions) {
  for (llm::AttentionOp op : attentions)
    for (Value operand : {op.getQuery(), op.getKey()}) {
      auto rope = operand.getDefiningOp<llm::RopeOp>();
      Refusal refusal;
      auto described = describeRope(rope, samples, refusal);
      if (failed(described))
        return rope.emitError() << "attention cannot be streamed: " << refusal.reason;
      if (!described->rowStable)
        return rope.emitError("attention cannot be streamed: its rotary embedding depends on the "
                              "length of the text");
      ropes.insert({rope, *described});
    }
  return success();
}

/// Turned as at the end of the cache.
Value Streams::near(llm::RopeOp op, const RopeDescription &rope, Value rows) {
  OpBuilder builder(op);
  OnnxBuilder b(builder, op.getLoc());
  Value &place = places[rows];
  if (!place) {
    Value last = b.number(double(shape.rows() - 1), builder.getF32Type());
    place = b.squeeze(b.cast(b.minimum(rows, last), builder.getI64Type()), {2});
  }
  std::vector<double> key(rope.frequencies);
  key.push_back(rope.amplitude);
  auto [known, isNew] = nearTables.insert({key, {}});
  if (isNew)
    known->second = tables.lookedUp(op, rope.frequencies, rope.amplitude, shape.rows());
  return llm::RopeOp::create(builder, op.getLoc(), op.getType(), op.getInput(), known->second.cos,
                             known->second.sin, place, op.getInterleavedAttr());
}

/// 1 for rows of sinks, else 0: B x 1 x T x 1, or 1 x 1 x T x 1.
Value Streams::sinkRows(OnnxBuilder &b, Value rows) {
  Value &result = sinks[rows];
  if (!result)
    result = b.unsqueeze(b.cast(b.less(rows, b.number(double(shape.sinks), b.raw().getF32Type())),
                                b.raw().getF32Type()),
                         {1});
  return result;
}

/// The positions of both, once for all layers.
Value Streams::rowsOf(llm::RopeOp op, const RopeDescription &rope, std::string &reason) {
  Value &known = positions[rope.positions]; // of null: counted
  OpBuilder builder(op);
  if (!known)
    known = tables.asRows(builder, op, rope.positions, reason);
  return known;
}

/// j < sinks or i - j < window: T x T.
Value Streams::seen(OnnxBuilder &b, llm::AttentionOp op) {
  if (!rule) {
    Value places = b.range(b.squeeze(b.size(op.getQuery(), 2), {0}));
    rule = shape.seesBefore(b, b.unsqueeze(places, {1}), b.unsqueeze(places, {0}));
  }
  return op.getMask() ? b.both(op.getMask(), rule) : rule;
}

LogicalResult Streams::rewrite(llm::AttentionOp op) {
  auto query = op.getQuery().getDefiningOp<llm::RopeOp>(),
       key = op.getKey().getDefiningOp<llm::RopeOp>();
  const RopeDescription &turnedQuery = ropes.find(query)->second,
                        &turnedKey = ropes.find(key)->second;
  std::string reason;
  Location loc = op.getLoc();
  // A text may be longer than any table.
  for (auto [rope, described] : {std::pair(query, &turnedQuery), {key, &turnedKey}})
    if (described->limit && failed(tables.compute(rope, *described, reason)))
      return rope.emitError() << "attention cannot be streamed: " << reason;
  OpBuilder builder(op);
  OnnxBuilder b(builder, loc);
  if (shape.sinks > 0) {
    Value queryRows = rowsOf(query, turnedQuery, reason), keyRows = rowsOf(key, turnedKey, reason);
    if (!queryRows || !keyRows)
      return op.emitError() << "attention cannot be streamed: " << reason;
    Type element = typeOf(key).getElementType();
    Value isSink = b.cast(sinkRows(b, keyRows), element);
    Value sinkKeys = b.multiply(key, isSink), others = b.subtract(key, sinkKeys);
    op.getQueryMutable().assign(b.concat({query, near(query, turnedQuery, queryRows)}, 3));
    op.getKeyMutable().assign(b.concat({others, sinkKeys}, 3));
    op.getPresentKey().setType(typeOf(op.getKey()));
  }
  op.getMaskMutable().assign(seen(b, op));
  shape.setOn(op);
  return success();
}

namespace {
struct StreamAttentionPass : retort::impl::StreamAttentionPassBase<StreamAttentionPass> {
  using Base::Base;
  LogicalResult checkOptions();
  LogicalResult stream(func::FuncOp function);
  void runOnOperation() override;

  int64_t streamed = 0;
};
} // namespace

LogicalResult StreamAttentionPass::checkOptions() {
  if (sinkTokens < 0)
    return getOperation().emitError()
           << "expects 'sink-tokens' of 0 or more, found " << int64_t(sinkTokens);
  if (window < 1)
    return getOperation().emitError() << "expects 'window' of 1 or more, found " << int64_t(window);
  return success();
}

LogicalResult StreamAttentionPass::stream(func::FuncOp function) {
  SmallVector<llm::AttentionOp> attentions;
  function.walk([&](llm::AttentionOp op) { attentions.push_back(op); });
  for (llm::AttentionOp op : attentions)
    if (std::string reason = whyNot(op); !reason.empty())
      return op.emitError() << "attention cannot be streamed: " << reason;
  if (attentions.empty())
    return success();
  Streams streams(function, {sinkTokens, window});
  if (failed(streams.describe(attentions)))
    return failure();
  for (llm::AttentionOp op : attentions) {
    if (failed(streams.rewrite(op)))
      return failure();
    remark::passed(op.getLoc(), remark::RemarkOpts::name(getArgument()).category("compress"))
        << remark::metric("weight", "attention " + std::to_string(streamed++))
        << remark::metric("sink_tokens", int64_t(sinkTokens))
        << remark::metric("window", int64_t(window)) << remark::metric("exactness", "statistical");
  }
  streams.finish();
  return onnx::SymbolicDims().infer(function);
}

void StreamAttentionPass::runOnOperation() {
  if (failed(checkOptions()))
    return signalPassFailure();
  for (auto function : getOperation().getOps<func::FuncOp>())
    if (!function.isExternal() && failed(stream(function)))
      return signalPassFailure();
  if (streamed == 0) {
    getOperation().emitError() << "'" << getArgument()
                               << "' finds no attention in the model: it looks for llm.attention, "
                                  "which retort-recognize makes";
    return signalPassFailure();
  }
  markStale(getOperation(), getArgument());
}
