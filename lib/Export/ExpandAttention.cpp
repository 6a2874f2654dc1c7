// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// llm.attention in operations of opset 11:
//   1. K = past and new rows, V likewise.
//   2. Keys and values are repeated for the heads that share them, as exporters write it, so that
//   recognition finds the groups again.
//   3. scores = scale q K', capped, biased, lowest where hidden; as B x H x T x S.
//   4. shares = softmax(scores), with the sinks as one more column; zero where a row sees nothing,
//   which is NaN before.
//   5. result = shares V.
#include "dialects/Onnx/Build.h"
#include "dialects/Onnx/ValueNames.h"
#include "lib/Export/ExpandLlm.h"

using namespace mlir;
using namespace retort;

static RankedTensorType typeOf(Value value) { return cast<RankedTensorType>(value.getType()); }

namespace {
class AttentionExpansion {
public:
  AttentionExpansion(OnnxBuilder &b, llm::AttentionOp op) : b(b), op(op) {
    heads = typeOf(op.getQuery()).getDimSize(1);
    groups = typeOf(op.getKey()).getDimSize(1);
    f32 = b.raw().getF32Type();
  }
  bool knowsHeads() const {
    return !ShapedType::isDynamic(heads) && !ShapedType::isDynamic(groups);
  }
  void run();

private:
  Value joined(Value past, Value rows) { return past ? b.concat({past, rows}, 2) : rows; }
  /// B x G x S x N as B x H x S x N.
  Value byHead(Value value) {
    if (heads == groups)
      return value;
    Value several = b.expand(b.unsqueeze(value, {2}), b.integers({1, 1, heads / groups, 1, 1}));
    int64_t width = typeOf(value).getShape().back();
    if (!ShapedType::isDynamic(width))
      return b.reshape(several, {0, heads, -1, width});
    return b.reshape(several, b.concat({b.integers({0, heads, -1}), b.size(value, 3)}, 0));
  }
  Value scoresOf(Value keys);
  Value rowPlaces();
  Value visible(Value keys);
  Value withSinks(Value scores);
  Value sharesOf(Value scores, Value sees);
  void require(Value &all, Value condition) { all = all ? b.both(all, condition) : condition; }

  OnnxBuilder &b;
  llm::AttentionOp op;
  int64_t heads, groups;
  Type f32;
};
} // namespace

Value AttentionExpansion::scoresOf(Value keys) {
  Value query = op.getQuery();
  Value scale = b.number(op.getScale().convertToFloat(), typeOf(query).getElementType());
  query = b.multiply(query, scale);
  Value scores = b.product(query, b.transpose(byHead(keys), {0, 1, 3, 2}));
  scores = b.cast(scores, f32);
  if (auto limit = op.getSoftcap()) {
    Value cap = b.number(limit->convertToFloat(), f32);
    scores = b.multiply(b.tanh(b.divide(scores, cap)), cap);
  }
  if (Value bias = op.getBias())
    scores = b.add(scores, b.cast(bias, f32));
  return scores;
}

/// The columns at which rows stand: T x 1, or B x 1 x T x 1 where each part of the batch has an
/// offset of its own.
Value AttentionExpansion::rowPlaces() {
  Value first = b.squeeze(b.integers(0), {0});
  Value rows = b.unsqueeze(b.range(b.squeeze(b.size(op.getQuery(), 2), {0})), {1});
  if (Value offset = op.getOffset()) {
    offset = b.cast(offset, b.raw().getI64Type());
    bool byBatch = typeOf(offset).getRank() == 1;
    return b.add(rows, byBatch ? b.unsqueeze(offset, {1, 2, 3}) : offset);
  }
  return b.add(rows, op.getPastKey() ? b.squeeze(b.size(op.getPastKey(), 2), {0}) : first);
}

/// Which row sees which column; null where each sees all.
Value AttentionExpansion::visible(Value keys) {
  Value sees;
  Value columns;
  if (op.getCausal() || op.getLeftWindow() || op.getRightWindow() || op.getKeyLength())
    columns = b.range(b.squeeze(b.size(keys, 2), {0}));
  auto shifted = [&](Value places, int64_t by) {
    return b.add(places, b.number(by, b.raw().getI64Type()));
  };
  if (op.getCausal() || op.getLeftWindow() || op.getRightWindow()) {
    Value places = rowPlaces();
    if (op.getCausal())
      require(sees, b.invert(b.less(places, columns)));
    if (auto left = op.getLeftWindow())
      require(sees, b.invert(b.less(columns, shifted(places, -*left))));
    if (auto right = op.getRightWindow())
      require(sees, b.invert(b.less(shifted(places, *right), columns)));
  }
  if (Value length = op.getKeyLength())
    require(sees, b.less(columns, b.unsqueeze(b.cast(length, b.raw().getI64Type()), {1, 2, 3})));
  if (Value mask = op.getMask())
    require(sees, mask);
  return sees;
}

/// The sinks, one for each head, behind the columns of every row.
Value AttentionExpansion::withSinks(Value scores) {
  if (!op.getSinks())
    return scores;
  Value sinks = b.unsqueeze(b.cast(op.getSinks(), f32), {0, 2, 3});
  Value shape =
      b.concat({b.size(scores, 0), b.integers(heads), b.size(scores, 2), b.integers(1)}, 0);
  return b.concat({scores, b.expand(sinks, shape)}, 3);
}

/// Rows that see nothing are softmax of equal numbers, the mean, or NaN, which becomes zero. A
/// causal row sees its own column.
Value AttentionExpansion::sharesOf(Value scores, Value sees) {
  bool isMean = op.getMaskedRows() == llm::MaskedRows::Mean;
  bool mayHideRows = sees && (op.getMask() || op.getKeyLength() || op.getOffset());
  double hidden = mayHideRows && !isMean ? -std::numeric_limits<double>::infinity()
                                         : double(-std::numeric_limits<float>::max());
  if (sees)
    scores = b.choose(sees, scores, b.number(hidden, f32));
  Value shares = b.softmax(withSinks(scores));
  if (op.getSinks())
    shares = b.slice(shares, 3, 0, -1);
  // A bias may be -inf in all of a row.
  bool mayBeNaN = !isMean && (mayHideRows || op.getBias());
  return mayBeNaN ? b.choose(b.isNaN(shares), b.number(0, f32), shares) : shares;
}

void AttentionExpansion::run() {
  Value keys = joined(op.getPastKey(), op.getKey());
  Value values = joined(op.getPastValue(), op.getValue());
  Value shares = sharesOf(scoresOf(keys), visible(keys));
  Value result = b.product(b.cast(shares, typeOf(values).getElementType()), byHead(values));
  result = b.cast(result, typeOf(op.getResult()).getElementType());
  IRRewriter rewriter(b.raw());
  onnx::replaceValue(rewriter, op.getResult(), result);
  onnx::replaceValue(rewriter, op.getPresentKey(), keys);
  onnx::replaceValue(rewriter, op.getPresentValue(), values);
}

LogicalResult retort::expandAttention(IRRewriter &rewriter, llm::AttentionOp op) {
  rewriter.setInsertionPoint(op);
  OnnxBuilder b(rewriter, op.getLoc());
  AttentionExpansion expansion(b, op);
  if (!expansion.knowsHeads())
    return op.emitOpError() << "expects known numbers of heads, found " << op.getQuery().getType()
                            << " and " << op.getKey().getType();
  expansion.run();
  rewriter.eraseOp(op);
  return success();
}
