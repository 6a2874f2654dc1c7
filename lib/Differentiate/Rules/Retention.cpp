// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The gradient of retention, as three retentions. With q scaled, S_t = e^(g_t) S_(t-1) + k_t v_t',
// y_t = S_t' q_t and A_t the gradient of S_t, which runs from the last row to the first,
//
//   A_t = e^(g_(t+1)) A_(t+1) + q_t dy_t'
//
//   dq_t = S_t dy_t    retention of (dy, v, k)
//   dv_t = A_t' k_t    retention of (k, q, dy), turned: rows from the last to the first, each decay
//   dk_t = A_t v_t     retention of (v, dy, q)  moved by a row
//   dg_t = dg_(t+1) + q_t dq_t - k_t dk_t, for each channel of k; behind the last row S_T dS_T
//   dS_0 = e^(g_1) A_1
//
// What reads before it writes, y_t = S_(t-1)' q_t + (q_t' diag(u) k_t) v_t, reads in row t - 1 with
// q_t: the same with q and dy a row earlier, the first of which reads S_0, and the bonus as
// products of rows.
//
// In the first and the third the decay acts on what those retentions take for values. Where it
// differs between channels, each channel becomes a head of its own, with values of one number.
#include "dialects/Llm/Llm.h"
#include "lib/Differentiate/GradientRules.h"

using namespace mlir;
using namespace retort;

namespace {
class RetentionGradient {
public:
  RetentionGradient(llm::RetentionOp op, Backward &backward)
      : op(op), backward(backward), build(backward.build) {}
  void run();

private:
  struct Retained {
    Value result, state;
  };

  Value shaped(Value value, ArrayRef<int64_t> shape) { return build.reshape(value, shape); }
  Value forHeads(Value ofGroups);
  Value forGroups(Value ofHeads);
  Value turned(Value value);
  Value turnedDecay(bool isFirstKept);
  Value swapped(Value value) { return build.transpose(value, {0, 1, 3, 2}); }
  Retained retain(Value q, Value k, Value v, Value decay, Value state);
  Value retainChannels(Value q, Value k, Value v, Value decay, Value state);
  Value retainValues(Value q, Value k, Value v, Value decay, Value state);
  void addDecay(Term ofQueries, Term ofKeys);
  Term addBonus(Term dq, Term dy, Term q, Term k, Term v, Value before);
  Value earlier(Value value);
  Value later(Value value, Value first);

  llvm::SmallVector<int64_t> sizes; // B, H, T, D
  int64_t groups = 1, repeats = 1;
  llm::RetentionOp op;
  Backward &backward;
  OnnxBuilder &build;
};
} // namespace

/// Each head of keys or values as often as queries read it; also of what broadcasts to them.
Value RetentionGradient::forHeads(Value value) {
  ArrayRef<int64_t> shape = shapeOf(value);
  if (repeats == 1 || shape[1] == 1)
    return value;
  SmallVector<int64_t> split{shape[0], shape[1], repeats, shape[2], shape[3]};
  Value wide = build.expand(build.unsqueeze(value, {2}), build.integers(split));
  return shaped(wide, {shape[0], shape[1] * repeats, shape[2], shape[3]});
}

/// Sums over the queries of a head.
Value RetentionGradient::forGroups(Value value) {
  ArrayRef<int64_t> shape = shapeOf(value);
  if (repeats == 1)
    return value;
  Value split = shaped(value, {shape[0], groups, repeats, shape[2], shape[3]});
  return shaped(build.reduceSum(split, {2}), {shape[0], groups, shape[2], shape[3]});
}

Value RetentionGradient::turned(Value value) {
  return build.reorder(value, 2, llvm::to_vector(llvm::reverse(llvm::seq<int64_t>(sizes[2]))));
}

/// g_T, ..., g_2 behind a first row that only a state in front of it sees: 0. Without one, a decay
/// that all rows share stays so.
Value RetentionGradient::turnedDecay(bool isFirstKept) {
  Value decay = op.getDecay();
  if (!decay)
    return decay;
  SmallVector<int64_t> shape(shapeOf(decay));
  if (shape[2] == 1 && !isFirstKept)
    return decay;
  int64_t rows = sizes[2];
  if (shape[2] == 1) {
    shape[2] = rows;
    decay = build.expand(decay, build.integers(shape));
  }
  auto type = cast<RankedTensorType>(decay.getType());
  shape[2] = 1;
  Value none = backward.zeros(type.clone(shape));
  if (rows == 1)
    return none;
  return build.concat({none, build.slice(turned(decay), 2, 0, rows - 1)}, 2);
}

RetentionGradient::Retained RetentionGradient::retain(Value q, Value k, Value v, Value decay,
                                                      Value state) {
  OpBuilder &raw = build.raw();
  auto type = cast<RankedTensorType>(q.getType());
  ArrayRef<int64_t> keys = shapeOf(k);
  auto of = [&](int64_t rows, int64_t columns) {
    return type.clone({keys[0], keys[1], rows, columns});
  };
  int64_t width = shapeOf(v)[3];
  auto rule = decay ? llm::RetentionRule::Gated : llm::RetentionRule::Linear;
  auto made = llm::RetentionOp::create(raw, op.getLoc(), of(keys[2], width), of(keys[3], width), q,
                                       k, v, state, decay,
                                       /*beta=*/Value(), rule, APFloat(1.f), op.getChunkSize());
  return {made.getResult(), made.getPresentState()};
}

/// Channels of v as heads: v BxHxTxD, q and k BxHxTxE, decay ..xD, state BxHxExD.
Value RetentionGradient::retainChannels(Value q, Value k, Value v, Value decay, Value state) {
  int64_t batch = shapeOf(v)[0], heads = shapeOf(v)[1], rows = shapeOf(v)[2], width = shapeOf(v)[3];
  auto repeated = [&](Value value) {
    int64_t size = shapeOf(value)[3];
    Value wide = build.expand(build.unsqueeze(value, {2}),
                              build.integers({batch, heads, width, rows, size}));
    return shaped(wide, {batch, heads * width, rows, size});
  };
  SmallVector<int64_t> gates(shapeOf(decay));
  gates[1] = heads;
  Value gate = swapped(build.expand(decay, build.integers(gates)));
  gate = shaped(gate, {gates[0], heads * width, gates[2], 1});
  Value values = shaped(swapped(v), {batch, heads * width, rows, 1});
  if (state)
    state = shaped(swapped(state), {batch, heads * width, shapeOf(state)[2], 1});
  Value result = retain(repeated(q), repeated(k), values, gate, state).result;
  return swapped(shaped(result, {batch, heads, width, rows}));
}

/// Where the decay acts on values; `state` is BxHxDxE, as the operation itself has it.
Value RetentionGradient::retainValues(Value q, Value k, Value v, Value decay, Value state) {
  if (state)
    state = swapped(state);
  if (decay && shapeOf(decay)[3] != 1)
    return retainChannels(q, k, v, decay, state);
  return retain(q, k, v, decay, state).result;
}

/// Sums over rows that come later, and over what the decay is the same for.
void RetentionGradient::addDecay(Term ofQueries, Term ofKeys) {
  OpBuilder &raw = build.raw();
  Value steps = ofQueries - ofKeys;
  Term sums(onnx::CumSumOp::create(raw, op.getLoc(), steps.getType(), steps,
                                   build.reshape(build.integers({2}), ArrayRef<int64_t>()),
                                   /*exclusive=*/IntegerAttr(), raw.getI64IntegerAttr(1)),
            build);
  if (Value last = backward.gradient(1)) {
    Term end = (Term(op.getPresentState(), build) * Term(last, build)).sumAlong({3});
    sums = sums + Term(swapped(end), build);
  }
  backward.add(op.getDecay(), sums);
}

/// Row t + 1 in row t; the last one is zero.
Value RetentionGradient::earlier(Value value) {
  auto type = cast<RankedTensorType>(value.getType());
  SmallVector<int64_t> row(shapeOf(value));
  row[2] = 1;
  Value none = backward.zeros(type.clone(row));
  return sizes[2] == 1 ? none : build.concat({build.slice(value, 2, 1, sizes[2]), none}, 2);
}

/// Row t - 1 in row t, behind `first`.
Value RetentionGradient::later(Value value, Value first) {
  return sizes[2] == 1 ? first : build.concat({first, build.slice(value, 2, 0, sizes[2] - 1)}, 2);
}

/// Of what reads before it writes: adds what a row sees of itself, and what the first one sees of
/// the state in front. The gradient of the scaled query, of which `dq` is that a row earlier.
Term RetentionGradient::addBonus(Term dq, Term dy, Term q, Term k, Term v, Value before) {
  Value dyFirst = build.slice(dy, 2, 0, 1);
  auto row = cast<RankedTensorType>(dyFirst.getType()).clone({sizes[0], sizes[1], 1, sizes[3]});
  Value first = before ? build.product(dyFirst, swapped(before)) : backward.zeros(row);
  Term bonus(forHeads(op.getBeta()), build);
  Term weight = (q * bonus * k).sumAlong({3}), ofWeight = (dy * v).sumAlong({3});
  backward.add(op.getKey(), forGroups(ofWeight * bonus * q));
  backward.add(op.getValue(), forGroups(weight * dy));
  backward.add(op.getBeta(), forGroups(ofWeight * q * k));
  if (op.getState() && backward.isWanted(op.getState()))
    backward.add(op.getState(),
                 forGroups(build.product(swapped(build.slice(q, 2, 0, 1)), dyFirst)));
  return Term(later(dq, first), build) + ofWeight * bonus * k;
}

void RetentionGradient::run() {
  sizes.assign(shapeOf(op.getQuery()).begin(), shapeOf(op.getQuery()).end());
  groups = shapeOf(op.getKey())[1];
  repeats = sizes[1] / groups;
  double scale = op.getScale().convertToDouble();
  Term plain(op.getQuery(), build);
  Value dy = backward.gradientOrZeros(0), q = scale == 1 ? plain : plain * scale,
        k = forHeads(op.getKey()), v = forHeads(op.getValue());
  Value decay = op.getDecay() ? forHeads(op.getDecay()) : Value();
  Value before = op.getState() ? forHeads(op.getState()) : Value(), last = backward.gradient(1);
  // Each query head has a copy of the state, one of which hands on the gradient of the last one.
  Value lastOfHeads = last;
  if (last && repeats > 1) {
    auto type = cast<RankedTensorType>(last.getType());
    SmallVector<int64_t> rest{sizes[0], groups, repeats - 1, shapeOf(last)[2], shapeOf(last)[3]};
    Value parts = build.concat({build.unsqueeze(last, {2}), backward.zeros(type.clone(rest))}, 2);
    lastOfHeads = shaped(parts, {sizes[0], sizes[1], rest[3], rest[4]});
  }
  bool isBefore = bool(op.getBeta());
  Term ofRow(dy, build), asked(q, build); // before they are moved
  if (isBefore) {
    dy = earlier(dy);
    q = earlier(q);
  }
  Value turnedGates = turnedDecay(bool(last));
  if (turnedGates)
    turnedGates = forHeads(turnedGates);

  Term dq(retainValues(dy, v, k, decay, before), build); // of the scaled query
  Term ofQuery = isBefore ? addBonus(dq, ofRow, asked, {k, build}, {v, build}, before) : dq;
  backward.add(op.getQuery(), scale == 1 ? ofQuery : ofQuery * scale);
  Retained ofValues = retain(turned(k), turned(q), turned(dy), turnedGates, lastOfHeads);
  backward.add(op.getValue(), forGroups(turned(ofValues.result)));
  Term dk(
      forGroups(turned(retainValues(turned(v), turned(dy), turned(q), turnedGates, lastOfHeads))),
      build);
  backward.add(op.getKey(), dk);
  if (op.getState() && backward.isWanted(op.getState())) {
    Term first(forGroups(ofValues.state), build);
    if (op.getDecay()) {
      Value gate = build.slice(op.getDecay(), 2, 0, 1); // ..x1xD -> ..xDx1
      first = first * exp(Term(swapped(gate), build));
    }
    backward.add(op.getState(), first);
  }
  if (op.getDecay() && backward.isWanted(op.getDecay()))
    addDecay({forGroups(Term(q, build) * dq), build}, Term(op.getKey(), build) * dk);
}

static LogicalResult retentionGradient(llm::RetentionOp op, Backward &backward) {
  if (op.isDelta())
    return backward.refuse("expects a rule that is linear or gated, found one that corrects what "
                           "the state recalls");
  RetentionGradient(op, backward).run();
  return success();
}

namespace retort {
void addRetentionRules(GradientRules &rules) { rules.add<llm::RetentionOp>(retentionGradient); }
} // namespace retort
