// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The gradient of attention. Scores are computed again, for all rows of all heads at once.
//
//   P = softmax(S), o = P V      ->   D_i = sum dO_i o_i, dS = P (dO V' - D), dV = P' dO,
//   S = c tanh(scale Q K' / c)         dQ = scale dS K, dK = scale dS' Q, with dS times
//       + bias                         1 - tanh^2 where there is a cap
//
// A sink takes its share of P and gives no value: dsink = -sum_i P_sink D_i. Query heads of one
// key-value head are rows beside one another, so what they add to its gradient is summed by the
// product.
#include "dialects/Llm/Llm.h"
#include "lib/Differentiate/GradientRules.h"

using namespace mlir;
using namespace retort;

/// As good as minus infinity for a score, and no NaN where all of a row is hidden.
static constexpr double hidden = -1e30;

namespace {
class AttentionGradient {
public:
  AttentionGradient(llm::AttentionOp op, Backward &backward)
      : op(op), backward(backward), build(backward.build) {}
  void run();

private:
  Value grouped(Value ofHeads);
  Value ofHeads(Value grouped, int64_t width);
  Value swapped(Value value) { return build.transpose(value, {0, 1, 3, 2}); }
  Value visible();
  Term softmax(Term scores, Value &sinkShare);
  void addKeys(Value key, Value past, Value gradient, Value ofPresent);

  llvm::SmallVector<int64_t> sizes; // B, H, T, D
  int64_t groups = 1, keys = 0;
  llm::AttentionOp op;
  Backward &backward;
  OnnxBuilder &build;
};
} // namespace

/// BxHxTxD -> BxGx(H/G T)xD
Value AttentionGradient::grouped(Value value) {
  return build.reshape(value,
                       {sizes[0], groups, sizes[1] / groups * sizes[2], shapeOf(value).back()});
}

Value AttentionGradient::ofHeads(Value value, int64_t width) {
  return build.reshape(value, {sizes[0], sizes[1], sizes[2], width});
}

/// Which row sees which column, broadcastable to BxHxTxS; null where all see all.
Value AttentionGradient::visible() {
  Value result = op.getMask();
  auto both = [&](Value test) { result = result ? build.both(result, test) : test; };
  Value column = build.integers(llvm::to_vector(llvm::seq<int64_t>(0, keys)));
  Type i64 = build.raw().getI64Type();
  Value row = build.reshape(build.integers(llvm::to_vector(llvm::seq<int64_t>(0, sizes[2]))),
                            {1, 1, sizes[2], 1});
  if (Value offset = op.getOffset()) {
    int64_t count = shapeOf(offset).empty() ? 1 : shapeOf(offset)[0];
    row = build.add(row, build.reshape(build.cast(offset, i64), {count, 1, 1, 1}));
  } else if (op.getPastKey()) {
    row = build.add(row, build.integers({shapeOf(op.getPastKey())[2]}));
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
  Value sinks = build.expand(build.reshape(op.getSinks(), {1, sizes[1], 1, 1}),
                             build.integers({sizes[0], sizes[1], sizes[2], 1}));
  Value all = build.softmax(build.concat({scores, sinks}, 3));
  sinkShare = build.slice(all, 3, keys, keys + 1);
  return {build.slice(all, 3, 0, keys), build};
}

void AttentionGradient::addKeys(Value key, Value past, Value gradient, Value ofPresent) {
  if (ofPresent)
    gradient = build.add(gradient, ofPresent);
  if (!past)
    return backward.add(key, gradient);
  int64_t before = shapeOf(past)[2];
  backward.add(past, build.slice(gradient, 2, 0, before));
  backward.add(key, build.slice(gradient, 2, before, keys));
}

void AttentionGradient::run() {
  sizes.assign(shapeOf(op.getQuery()).begin(), shapeOf(op.getQuery()).end());
  groups = shapeOf(op.getKey())[1];
  keys = shapeOf(op.getPresentKey())[2];
  double scale = op.getScale().convertToDouble();
  Value k = op.getPresentKey(), v = op.getPresentValue(), q = grouped(op.getQuery());
  Term dO(backward.gradientOrZeros(0), build);

  Term scores(ofHeads(build.product(q, swapped(k)), keys), build);
  scores = scores * scale;
  std::optional<Term> capped;
  if (op.getSoftcap()) {
    double cap = op.getSoftcap()->convertToDouble();
    capped = tanh(scores / cap);
    scores = *capped * cap;
  }
  if (op.getBias())
    scores = scores + Term(op.getBias(), build);
  Value seen = visible();
  if (seen)
    scores = Term(seen, build).choose(scores, scores.number(hidden));
  Value sinkShare;
  Term p = softmax(scores, sinkShare);
  if (seen && op.getMaskedRows() == llm::MaskedRows::Zero)
    p = Term(seen, build).choose(p, p.number(0));

  Term d = (dO * Term(op.getResult(), build)).sumAlong({3});
  Value dOGrouped = grouped(dO);
  Term dP(ofHeads(build.product(dOGrouped, swapped(v)), keys), build);
  Term dS = p * (dP - d);
  if (seen)
    dS = Term(seen, build).choose(dS, dS.number(0));
  if (op.getBias())
    backward.add(op.getBias(), dS);
  if (sinkShare && backward.isWanted(op.getSinks()))
    backward.add(op.getSinks(),
                 build.reshape(backward.sumTo(-(Term(sinkShare, build) * d), {1, sizes[1], 1, 1}),
                               {sizes[1]}));
  if (capped)
    dS = dS * (1 - *capped * *capped);
  Value dScores = build.reshape(dS * scale, {sizes[0], groups, sizes[1] / groups * sizes[2], keys});
  backward.add(op.getQuery(), ofHeads(build.product(dScores, k), sizes[3]));
  addKeys(op.getKey(), op.getPastKey(), build.product(swapped(dScores), q), backward.gradient(1));
  Value weights = build.reshape(p, {sizes[0], groups, sizes[1] / groups * sizes[2], keys});
  addKeys(op.getValue(), op.getPastValue(), build.product(swapped(weights), dOGrouped),
          backward.gradient(2));
}

static LogicalResult attentionGradient(llm::AttentionOp op, Backward &backward) {
  AttentionGradient(op, backward).run();
  return success();
}

namespace retort {
void addAttentionRules(GradientRules &rules) { rules.add<llm::AttentionOp>(attentionGradient); }
} // namespace retort
