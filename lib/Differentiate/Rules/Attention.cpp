// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The gradient of attention. Scores are computed again, for blocks of rows: of a text they are
// never all in memory, and columns that lie behind the rows of a block are not computed.
//
//   P = softmax(S), o = P V      ->   D_i = sum dO_i o_i, dS = P (dO V' - D), dV = P' dO,
//   S = c tanh(scale Q K' / c)         dQ = scale dS K, dK = scale dS' Q, with dS times
//       + bias                         1 - tanh^2 where there is a cap
//
// A sink takes its share of P and gives no value: dsink = -sum_i P_sink D_i. Query heads of one
// key-value head are rows beside one another, so what they add to its gradient is summed by the
// product.
#include "dialects/Llm/Llm.h"
#include "dialects/Onnx/Weights.h"
#include "lib/Differentiate/GradientRules.h"

using namespace mlir;
using namespace retort;

/// As good as minus infinity for a score, and no NaN where all of a row is hidden.
static constexpr double hidden = -1e30;

/// Rows of a block: no fewer, and no more blocks, than products of many rows pay for.
static constexpr int64_t fewestRows = 64, mostBlocks = 8;
/// What the scores of a block take at most, where rows are many.
static constexpr int64_t bytesOfScores = 64 << 20;

namespace {
/// Rows and columns that are computed at once.
struct ScoreBlock {
  int64_t row, rows, column, columns;
};

class AttentionGradient {
public:
  AttentionGradient(llm::AttentionOp op, Backward &backward);
  void run();

private:
  /// What is narrower than f32 is computed in it, as attention itself is.
  Value wide(Value value) {
    auto element = cast<FloatType>(getElementTypeOrSelf(value));
    return element.getWidth() < 32 ? build.cast(value, build.raw().getF32Type()) : value;
  }
  Value swapped(Value value) { return build.transpose(value, {0, 1, 3, 2}); }
  /// BxHxRxD -> BxGx(H/G R)xD, and back.
  Value grouped(Value value) {
    ArrayRef<int64_t> shape = shapeOf(value);
    return build.reshape(value, {batch, groups, heads / groups * shape[2], shape[3]});
  }
  Value ofHeads(Value value, int64_t rows) {
    return build.reshape(value, {batch, heads, rows, shapeOf(value)[3]});
  }
  Value rowsOf(Value value, const ScoreBlock &at) { return part(value, 2, at.row, at.rows); }
  Value columnsOf(Value value, const ScoreBlock &at) {
    return part(value, 2, at.column, at.columns);
  }
  Value part(Value value, int64_t axis, int64_t begin, int64_t count);
  Value ofBlock(Value broadcast, const ScoreBlock &at);

  SmallVector<ScoreBlock> blocks();
  Value visible(const ScoreBlock &at);
  Term softmax(Term scores, Value &sinkShare);
  Value differentiate(const ScoreBlock &at);
  Value addColumns(Value sum, Value gradient, const ScoreBlock &at);
  void addKeys(Value key, Value past, Value gradient, Value ofPresent);

  llm::AttentionOp op;
  Backward &backward;
  OnnxBuilder &build;
  int64_t batch, heads, groups, rows, keys, before;
  Value mask; ///< null where all columns are visible
  Value q, k, v, dO, d;
  Value dK, dV;
};
} // namespace

static bool isTrueEverywhere(Value mask) {
  auto view = onnx::ConstantView::of(mask);
  return view && llvm::all_of(llvm::seq(view->isSplat() ? 1 : view->size()),
                              [&](int64_t i) { return view->intAt(i) != 0; });
}

AttentionGradient::AttentionGradient(llm::AttentionOp op, Backward &backward)
    : op(op), backward(backward), build(backward.build), batch(shapeOf(op.getQuery())[0]),
      heads(shapeOf(op.getQuery())[1]), groups(shapeOf(op.getKey())[1]),
      rows(shapeOf(op.getQuery())[2]), keys(shapeOf(op.getPresentKey())[2]),
      before(op.getPastKey() ? shapeOf(op.getPastKey())[2] : 0), mask(op.getMask()) {
  if (mask && isTrueEverywhere(mask))
    mask = Value();
}

Value AttentionGradient::part(Value value, int64_t axis, int64_t begin, int64_t count) {
  if (shapeOf(value)[axis] == count)
    return value;
  return build.slice(value, axis, begin, begin + count);
}

/// The block's part of what broadcasts to BxHxTxS.
Value AttentionGradient::ofBlock(Value value, const ScoreBlock &at) {
  int64_t rank = int64_t(shapeOf(value).size());
  if (rank > 0 && shapeOf(value)[rank - 1] != 1)
    value = part(value, rank - 1, at.column, at.columns);
  if (rank > 1 && shapeOf(value)[rank - 2] != 1)
    value = part(value, rank - 2, at.row, at.rows);
  return value;
}

/// A block of a causal text ends with the column of its last row. A row that sees nothing may
/// yield the mean of all columns: then all are computed.
SmallVector<ScoreBlock> AttentionGradient::blocks() {
  bool isCut = op.getCausal() && !op.getOffset() &&
               (op.getMaskedRows() == llm::MaskedRows::Zero || (!mask && !op.getKeyLength()));
  int64_t few = std::max<int64_t>(llvm::divideCeil(rows, mostBlocks), fewestRows);
  int64_t fitting = bytesOfScores / std::max<int64_t>(1, 4 * batch * heads * keys);
  int64_t size = isCut ? few : rows;
  if (fitting < size)
    size = std::max<int64_t>({fitting, 16, rows / 64});
  SmallVector<ScoreBlock> result;
  for (int64_t row = 0; row < rows; row += size) {
    int64_t count = std::min(size, rows - row);
    int64_t end = isCut ? std::min(keys, before + row + count) : keys;
    result.push_back({row, count, 0, end});
  }
  return result;
}

/// Which row sees which column, broadcastable to the block's scores; null where all see all.
Value AttentionGradient::visible(const ScoreBlock &at) {
  Value result = mask ? ofBlock(mask, at) : Value();
  auto both = [&](Value test) { result = result ? build.both(result, test) : test; };
  Value column = build.integers(llvm::to_vector(llvm::seq(at.column, at.column + at.columns)));
  Type i64 = build.raw().getI64Type();
  int64_t first = at.row + (op.getOffset() ? 0 : before);
  Value row = build.reshape(build.integers(llvm::to_vector(llvm::seq(first, first + at.rows))),
                            {1, 1, at.rows, 1});
  if (Value offset = op.getOffset()) {
    int64_t count = shapeOf(offset).empty() ? 1 : shapeOf(offset)[0];
    row = build.add(row, build.reshape(build.cast(offset, i64), {count, 1, 1, 1}));
  }
  // column <= row + ahead, and column >= row - behind
  auto ahead = [&](int64_t count) {
    both(build.less(column, build.add(row, build.integers({count + 1}))));
  };
  if (op.getCausal())
    ahead(0);
  if (op.getRightWindow())
    ahead(*op.getRightWindow());
  if (op.getLeftWindow())
    both(build.less(build.add(row, build.integers({-int64_t(*op.getLeftWindow()) - 1})), column));
  if (Value length = op.getKeyLength())
    both(build.less(column, build.reshape(build.cast(length, i64), {shapeOf(length)[0], 1, 1, 1})));
  return result;
}

/// The sink is one more column, whose share is split off.
Term AttentionGradient::softmax(Term scores, Value &sinkShare) {
  if (!op.getSinks())
    return {build.softmax(scores), build};
  int64_t count = shapeOf(scores)[2], columns = shapeOf(scores)[3];
  Value sinks = build.expand(build.reshape(wide(op.getSinks()), {1, heads, 1, 1}),
                             build.integers({batch, heads, count, 1}));
  Value all = build.softmax(build.concat({scores, sinks}, 3));
  sinkShare = build.slice(all, 3, columns, columns + 1);
  return {build.slice(all, 3, 0, columns), build};
}

/// Adds the gradient of some columns to that of all.
Value AttentionGradient::addColumns(Value sum, Value gradient, const ScoreBlock &at) {
  int64_t behind = keys - at.column - at.columns;
  if (at.column > 0 || behind > 0)
    gradient = build.pad(gradient, build.integers({0, 0, at.column, 0, 0, 0, behind, 0}));
  return sum ? build.add(sum, gradient) : gradient;
}

/// Adds what the rows of a block give to the gradients of keys, values, bias and sinks; returns
/// the gradient of their queries.
Value AttentionGradient::differentiate(const ScoreBlock &at) {
  double scale = op.getScale().convertToDouble();
  Value query = grouped(rowsOf(q, at)), key = columnsOf(k, at), value = columnsOf(v, at);
  Value ofResult = grouped(rowsOf(dO, at));
  Term scores(ofHeads(build.product(query, swapped(key)), at.rows), build);
  scores = scores * scale;
  std::optional<Term> capped;
  if (op.getSoftcap()) {
    double cap = op.getSoftcap()->convertToDouble();
    capped = tanh(scores / cap);
    scores = *capped * cap;
  }
  if (op.getBias())
    scores = scores + Term(wide(ofBlock(op.getBias(), at)), build);
  Value seen = visible(at);
  if (seen)
    scores = Term(seen, build).choose(scores, scores.number(hidden));
  Value sinkShare;
  Term p = softmax(scores, sinkShare);
  // Hidden columns have a share only in rows that see nothing.
  bool seesNothing = mask || op.getKeyLength() || op.getOffset() || !op.getCausal();
  if (seen && seesNothing && op.getMaskedRows() == llm::MaskedRows::Zero)
    p = Term(seen, build).choose(p, p.number(0));

  Term dP(ofHeads(build.product(ofResult, swapped(value)), at.rows), build);
  Term ofRows(rowsOf(d, at), build);
  Term dS = p * (dP - ofRows);
  if (seen && seesNothing)
    dS = Term(seen, build).choose(dS, dS.number(0));
  if (op.getBias() && backward.isWanted(op.getBias())) {
    int64_t last = keys - at.columns;
    Value all =
        build.pad(dS, build.integers({0, 0, at.row, 0, 0, 0, rows - at.row - at.rows, last}));
    backward.add(op.getBias(), all);
  }
  if (sinkShare && backward.isWanted(op.getSinks()))
    backward.add(op.getSinks(),
                 build.reshape(backward.sumTo(-(Term(sinkShare, build) * ofRows), {1, heads, 1, 1}),
                               {heads}));
  if (capped)
    dS = dS * (1 - *capped * *capped);
  Value dScores = grouped(dS * scale), shares = grouped(p);
  dK = addColumns(dK, build.product(swapped(dScores), query), at);
  dV = addColumns(dV, build.product(swapped(shares), ofResult), at);
  return ofHeads(build.product(dScores, key), at.rows);
}

void AttentionGradient::addKeys(Value key, Value past, Value gradient, Value ofPresent) {
  if (ofPresent)
    gradient = build.add(gradient, wide(ofPresent));
  if (!past)
    return backward.add(key, gradient);
  backward.add(past, build.slice(gradient, 2, 0, before));
  backward.add(key, build.slice(gradient, 2, before, keys));
}

void AttentionGradient::run() {
  q = wide(op.getQuery());
  k = wide(op.getPresentKey());
  v = wide(op.getPresentValue());
  dO = wide(backward.gradientOrZeros(0));
  d = (Term(dO, build) * Term(wide(op.getResult()), build)).sumAlong({3});
  SmallVector<Value> dQ;
  for (const ScoreBlock &block : blocks())
    dQ.push_back(differentiate(block));
  backward.add(op.getQuery(), dQ.size() == 1 ? dQ.front() : build.concat(dQ, 2));
  addKeys(op.getKey(), op.getPastKey(), dK, backward.gradient(1));
  addKeys(op.getValue(), op.getPastValue(), dV, backward.gradient(2));
}

static LogicalResult attentionGradient(llm::AttentionOp op, Backward &backward) {
  AttentionGradient(op, backward).run();
  return success();
}

namespace retort {
void addAttentionRules(GradientRules &rules) { rules.add<llm::AttentionOp>(attentionGradient); }
} // namespace retort
