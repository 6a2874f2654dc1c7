// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// llm.retention, in f32, or f64 for operands of it. Query heads of one key-value head are a loop of
// their own, as in attention.
//
// With a decay that is one number for each head, or none, rows are taken C = `chunk_size` at a
// time. For rows i of a chunk of L that begins with state S (RetNet, 2307.08621, eq. 7; every power
// of the decay is at most one):
//
//   1. scores[i,j] = q_i k_j' exp((i - j) g) where j <= i, else 0
//   2. result[i]   = scale (sum over j of scores[i,j] v_j + exp((i + 1) g) q_i S)
//   3. S           = exp(L g) S + sum over j of exp((L - 1 - j) g) k_j' v_j
//
// One chunk is the parallel form, chunks of one row are the recurrent one. Other rules go row by
// row; with a bonus u, row t reads S_(t-1) + diag(u_t) k_t v_t'.
#include "lib/Lower/Broadcast.h"
#include "lib/Lower/Contract.h"
#include "lib/Lower/Lowering.h"
#include "lib/Lower/Scalars.h"

using namespace mlir;
using namespace retort;

namespace {
class RetentionLowering {
public:
  RetentionLowering(Emitter &e, llm::RetentionOp op)
      : e(e), op(op),
        computed(elementType(op.getQuery()).isF64() ? e.getF64Type() : e.getF32Type()) {}
  void run();

private:
  void readOperands();
  SmallVector<Value> chunk(Value first, Value count, Value out, Value state);
  SmallVector<Value> row(Value t, Value out, Value state);
  Value readRow(Value t, Value out, Value state);
  Value changeState(Value t, Value state);
  Value fading();
  Value addRow(Value t, Value state);
  Value addBonus(Value out);
  Value scoresOf(Value queries, Value keys);
  Value joinParts(Value inner, Value cross, Value out, Value first);
  Value advance(Value keys, Value values, Value state, Value count);
  Value rowsOf(Value tensor, Value first, Value count);
  Value readBroadcast(Value tensor, ValueRange at);
  Value power(Value head, Value batch, Value steps);
  Value product(std::initializer_list<Value> factors);

  Emitter &e;
  llm::RetentionOp op;
  Type computed;                                      ///< the element type of what lies between
  Value heads, query, key, value, decay, beta, bonus; ///< query: the heads of each group apart
  Value faded; ///< exp(decay), where rows are taken one by one
  Value batch, groups, repeats, rows, size, width;
};
} // namespace

/// Rows first ... first + count - 1 of a tensor with a head or two of leading axes.
Value RetentionLowering::rowsOf(Value tensor, Value first, Value count) {
  SmallVector<Value> sizes = e.dims(tensor), offsets(sizes.size(), e.index(0));
  offsets[sizes.size() - 2] = first;
  sizes[sizes.size() - 2] = count;
  return e.slice(tensor, offsets, sizes);
}

/// An element of a tensor that broadcasts to B x G x T x D, as numbers are computed in.
Value RetentionLowering::readBroadcast(Value tensor, ValueRange at) {
  SmallVector<Value> own;
  for (int64_t axis = 0; axis < rankOf(tensor); ++axis) {
    Value length = e.dim(tensor, axis);
    if (constantOf(length))
      own.push_back(constantOf(length) == 1 ? e.index(0) : at[axis]);
    else
      own.push_back(e.mul(at[axis], e.choose(e.equal(length, e.index(1)), e.index(0), e.index(1))));
  }
  return e.narrow(e.widen(e.extract(tensor, own)), computed);
}

/// exp(steps g) of a head; null without decay.
Value RetentionLowering::power(Value head, Value b, Value steps) {
  if (!decay)
    return {};
  Value g = readBroadcast(decay, {b, head, e.index(0), e.index(0)});
  Value count = scalar::convert(e, e.fromIndex(steps, e.getI64Type()), e.getI64Type(), computed);
  return math::ExpOp::create(e, arith::MulFOp::create(e, count, g));
}

/// Of those that are not null.
Value RetentionLowering::product(std::initializer_list<Value> factors) {
  Value result;
  for (Value factor : factors)
    if (factor)
      result = result ? arith::MulFOp::create(e, result, factor).getResult() : factor;
  return result;
}

Value RetentionLowering::scoresOf(Value queries, Value keys) {
  Value count = e.dim(keys, 2);
  Contraction scores; // loops: b, g, r, i, j, d
  scores.sizes = {batch, groups, repeats, count, count, size};
  scores.operands = {{queries, {0, 1, 2, 3, 5}}, {keys, {0, 1, 4, 5}}};
  scores.result = {0, 1, 2, 3, 4};
  scores.order = {0, 1, 2, 3, 4, 5};
  Value plain = contract(e, scores, computed);
  return e.mapIndexed(e.dims(plain), computed, Access{plain, e.identity(5)},
                      [&](ValueRange at, ValueRange x) -> Value {
                        Value sees = e.lessOrEqual(at[4], at[3]);
                        Value steps = e.choose(sees, e.sub(at[3], at[4]), e.index(0));
                        Value score = product({x[0], power(at[1], at[0], steps)});
                        return arith::SelectOp::create(e, sees, score, e.zero(computed));
                      });
}

/// Writes the results of a chunk.
Value RetentionLowering::joinParts(Value inner, Value cross, Value out, Value first) {
  Value scale = e.real(op.getScale().convertToFloat(), computed);
  Value result = e.mapIndexed(
      e.dims(inner), elementType(out), {{inner, e.identity(5)}, {cross, e.identity(5)}},
      [&](ValueRange at, ValueRange x) {
        Value before = product({x[1], power(at[1], at[0], e.add(at[3], e.index(1)))});
        return e.narrow(product({scale, arith::AddFOp::create(e, x[0], before)}), elementType(out));
      });
  Value zero = e.index(0);
  return e.insert(result, out, {zero, zero, zero, first, zero});
}

Value RetentionLowering::advance(Value keys, Value values, Value state, Value count) {
  Value last = e.sub(count, e.index(1));
  Value faded = e.mapIndexed(e.dims(keys), computed, Access{keys, e.identity(4)},
                             [&](ValueRange at, ValueRange x) {
                               Value wide = e.narrow(e.widen(x[0]), computed);
                               return product({wide, power(at[1], at[0], e.sub(last, at[2]))});
                             });
  Contraction added; // loops: b, g, j, d, e
  added.sizes = {batch, groups, count, size, width};
  added.operands = {{faded, {0, 1, 2, 3}}, {values, {0, 1, 2, 4}}};
  added.result = {0, 1, 3, 4};
  added.order = {0, 1, 3, 2, 4};
  Value sum = contract(e, added, computed);
  return e.mapIndexed(e.dims(state), computed, {{state, e.identity(4)}, {sum, e.identity(4)}},
                      [&](ValueRange at, ValueRange x) -> Value {
                        return arith::AddFOp::create(e, product({x[0], power(at[1], at[0], count)}),
                                                     x[1]);
                      });
}

SmallVector<Value> RetentionLowering::chunk(Value first, Value count, Value out, Value state) {
  Value queries = rowsOf(query, first, count), keys = rowsOf(key, first, count),
        values = rowsOf(value, first, count);
  Contraction inner; // loops: b, g, r, i, j, e
  inner.sizes = {batch, groups, repeats, count, count, width};
  inner.operands = {{scoresOf(queries, keys), {0, 1, 2, 3, 4}}, {values, {0, 1, 4, 5}}};
  inner.result = {0, 1, 2, 3, 5};
  inner.order = {0, 1, 2, 3, 4, 5};
  Contraction cross; // loops: b, g, r, i, d, e
  cross.sizes = {batch, groups, repeats, count, size, width};
  cross.operands = {{queries, {0, 1, 2, 3, 4}}, {state, {0, 1, 4, 5}}};
  cross.result = {0, 1, 2, 3, 5};
  cross.order = {0, 1, 2, 3, 4, 5};
  Value next = joinParts(contract(e, inner, computed), contract(e, cross, computed), out, first);
  return {next, advance(keys, values, state, count)};
}

/// The state after row t, by a delta rule.
Value RetentionLowering::changeState(Value t, Value state) {
  Value faded = state;
  if (decay)
    faded = e.mapIndexed(e.dims(state), computed, Access{state, e.identity(4)},
                         [&](ValueRange at, ValueRange x) {
                           Value g = readBroadcast(decay, {at[0], at[1], t, at[2]});
                           return product({x[0], math::ExpOp::create(e, g)});
                         });
  auto read = [&](Value tensor, Value b, Value g, Value place) {
    return e.narrow(e.widen(e.extract(tensor, {b, g, t, place})), computed);
  };
  Value recalled;
  if (op.isDelta()) { // loops: b, g, d, e
    Value keys =
        e.slice(key, {e.index(0), e.index(0), t, e.index(0)}, {batch, groups, e.index(1), size});
    Contraction recall;
    recall.sizes = {batch, groups, size, width};
    recall.operands = {{e.reshape(keys, {batch, groups, size}), {0, 1, 2}}, {faded, {0, 1, 2, 3}}};
    recall.result = {0, 1, 3};
    recall.order = {0, 1, 2, 3};
    recalled = contract(e, recall, computed);
  }
  return e.mapIndexed(
      e.dims(state), computed, Access{faded, e.identity(4)},
      [&](ValueRange at, ValueRange x) -> Value {
        Value k = read(key, at[0], at[1], at[2]), v = read(value, at[0], at[1], at[3]);
        if (recalled) {
          v = arith::SubFOp::create(e, v, e.extract(recalled, {at[0], at[1], at[3]}));
          v = product({v, readBroadcast(beta, {at[0], at[1], t, e.index(0)})});
        }
        return arith::AddFOp::create(e, x[0], product({k, v}));
      });
}

/// exp(g) for all rows, or for one where all have the same: B x G x (T or 1) x D.
Value RetentionLowering::fading() {
  Value count = constantOf(e.dim(decay, 2)) == 1 ? e.index(1) : rows;
  SmallVector<Value> sizes{batch, groups, count, size};
  SmallVector<AffineExpr> own;
  for (auto [axis, size] : llvm::enumerate(sizes)) {
    Value length = e.dim(decay, axis);
    if (length == size)
      own.push_back(e.getAffineDimExpr(axis));
    else if (constantOf(length) == 1)
      own.push_back(e.getAffineConstantExpr(0));
    else // one or all, as the run says
      return e.generate(sizes, computed, [&](ValueRange at) -> Value {
        return math::ExpOp::create(e, readBroadcast(decay, at));
      });
  }
  return e.map(sizes, computed, Access{decay, AffineMap::get(4, 0, own, e.getContext())},
               [&](ValueRange x) -> Value {
                 return math::ExpOp::create(e, e.narrow(e.widen(x[0]), computed));
               });
}

/// The state after row t, by a rule that does not correct what the state recalls.
Value RetentionLowering::addRow(Value t, Value state) {
  auto place = [&](int64_t axis) { // in loops b, g, d, e; the row is the only one of its slice
    AffineExpr b = e.getAffineDimExpr(0), g = e.getAffineDimExpr(1), at = e.getAffineDimExpr(axis);
    return AffineMap::get(4, 0, {b, g, e.getAffineConstantExpr(0), at}, e.getContext());
  };
  Value one = e.index(1);
  SmallVector<Access> reads{
      {state, e.identity(4)}, {rowsOf(key, t, one), place(2)}, {rowsOf(value, t, one), place(3)}};
  if (faded)
    reads.push_back({constantOf(e.dim(faded, 2)) == 1 ? faded : rowsOf(faded, t, one), place(2)});
  return e.map(e.dims(state), computed, reads, [&](ValueRange x) -> Value {
    auto wide = [&](Value scalar) { return e.narrow(e.widen(scalar), computed); };
    Value kept = faded ? product({x[0], x[3]}) : x[0];
    return arith::AddFOp::create(e, kept, product({wide(x[1]), wide(x[2])}));
  });
}

/// Adds what each row sees of itself: scale (sum over d of q u k) v.
Value RetentionLowering::addBonus(Value out) {
  Value weighted = e.mapIndexed(e.dims(key), computed, Access{key, e.identity(4)},
                                [&](ValueRange at, ValueRange x) {
                                  Value wide = e.narrow(e.widen(x[0]), computed);
                                  return product({wide, readBroadcast(bonus, at)});
                                });
  Contraction own; // loops: b, g, r, t, d
  own.sizes = {batch, groups, repeats, rows, size};
  own.operands = {{query, {0, 1, 2, 3, 4}}, {weighted, {0, 1, 3, 4}}};
  own.result = {0, 1, 2, 3};
  own.order = {0, 1, 2, 3, 4};
  Value scale = e.real(op.getScale().convertToFloat(), computed);
  SmallVector<Access> reads{{out, e.identity(5)},
                            {contract(e, own, computed), e.project(5, {0, 1, 2, 3})},
                            {value, e.project(5, {0, 1, 3, 4})}};
  return e.map(e.dims(out), elementType(out), reads, [&](ValueRange x) -> Value {
    Value own = product({scale, x[1], e.narrow(e.widen(x[2]), computed)});
    Value all = arith::AddFOp::create(e, e.narrow(e.widen(x[0]), computed), own);
    return e.narrow(all, elementType(out));
  });
}

/// Writes row t of the results, which lie row by row here.
Value RetentionLowering::readRow(Value t, Value out, Value state) {
  Value zero = e.index(0);
  Contraction reading; // loops: b, g, r, t, d, e
  reading.sizes = {batch, groups, repeats, e.index(1), size, width};
  reading.operands = {{rowsOf(query, t, e.index(1)), {0, 1, 2, 3, 4}}, {state, {0, 1, 4, 5}}};
  if (constantOf(repeats) == 1) // as the model has it, so that what makes it can move in here
    reading.operands[0] = {rowsOf(heads, t, e.index(1)), {0, 1, 3, 4}};
  reading.result = {3, 0, 1, 2, 5};
  reading.order = {3, 0, 1, 2, 4, 5};
  Value read = contract(e, reading, computed);
  Value scaled =
      e.map(e.dims(read), elementType(out), Access{read, e.identity(5)}, [&](ValueRange x) {
        return e.narrow(product({x[0], e.real(op.getScale().convertToFloat(), computed)}),
                        elementType(out));
      });
  return e.insert(scaled, out, {t, zero, zero, zero, zero});
}

/// With a bonus rows see the state before them, which is read before it changes.
SmallVector<Value> RetentionLowering::row(Value t, Value out, Value state) {
  if (bonus)
    out = readRow(t, out, state);
  state = op.isDelta() ? changeState(t, state) : addRow(t, state);
  if (!bonus)
    out = readRow(t, out, state);
  return {out, state};
}

/// Reads the operands and checks that their sizes agree.
void RetentionLowering::readOperands() {
  key = e.get(op.getKey());
  value = e.get(op.getValue());
  decay = e.get(op.getDecay());
  beta = e.get(op.getBeta());
  if (!op.isDelta())
    std::swap(beta, bonus);
  heads = e.get(op.getQuery());
  batch = e.dim(heads, 0);
  rows = e.dim(heads, 2);
  size = e.dim(key, 3);
  width = e.dim(value, 3);
  groups = e.dim(key, 1);
  e.require(e.less(e.index(0), groups), op, "there are no key-value heads");
  repeats = e.divide(e.dim(heads, 1), e.max(groups, e.index(1)));
  e.require(e.equal(e.mul(groups, repeats), e.dim(heads, 1)), op,
            "the key-value heads do not divide the query heads");
  e.require(e.equal(rows, e.dim(key, 2)), op, "query and key have different numbers of rows");
  requireSizes(e, op, key, {batch, groups, rows, e.dim(heads, 3)},
               "query and key have different sizes");
  requireSizes(e, op, value, {batch, groups, rows, width}, "key and value have different sizes");
  if (decay)
    requireFits(e, op, decay, e.dims(key), "the decay does not fit the keys");
  if (beta)
    requireFits(e, op, beta, {batch, groups, rows, e.index(1)}, "beta does not fit the keys");
  if (bonus)
    requireFits(e, op, bonus, e.dims(key), "the bonus does not fit the keys");
  if (op.getState())
    requireSizes(e, op, e.get(op.getState()), {batch, groups, size, width},
                 "the state does not fit keys and values");
}

void RetentionLowering::run() {
  readOperands();
  query = e.reshape(heads, {batch, groups, repeats, rows, size});
  SmallVector<Value> stateSizes{batch, groups, size, width};
  Value before = e.get(op.getState());
  Value start = before ? e.map(stateSizes, computed, Access{before, e.identity(4)},
                               [&](ValueRange x) { return e.narrow(e.widen(x[0]), computed); })
                       : e.fill(stateSizes, e.zero(computed));
  // In chunks B x G x R x T x E; row by row T is in front, so that a row lies together.
  bool inChunks = op.hasConstantDecay();
  SmallVector<Value> outSizes{batch, groups, repeats, rows, width};
  if (!inChunks)
    std::rotate(outSizes.begin(), outSizes.begin() + 3, outSizes.begin() + 4);
  Value out = e.empty(outSizes, elementType(op.getResult()));
  if (decay && !inChunks && !op.isDelta())
    faded = fading();
  Value step = e.index(inChunks ? op.getChunkSize() : 1);
  Value count = e.divide(e.add(rows, e.sub(step, e.index(1))), step);
  auto body = [&](Value i, ValueRange carried) -> SmallVector<Value> {
    e.setDims(carried[0], outSizes);
    e.setDims(carried[1], stateSizes);
    if (!inChunks)
      return row(i, carried[0], carried[1]);
    Value first = e.mul(i, step);
    return chunk(first, e.min(step, e.sub(rows, first)), carried[0], carried[1]);
  };
  SmallVector<Value> results = e.loop(count, {out, start}, body);
  e.setDims(results[0], outSizes);
  e.setDims(results[1], stateSizes);
  if (!inChunks)
    results[0] = e.transpose(results[0], {1, 2, 3, 0, 4});
  if (bonus)
    results[0] = addBonus(results[0]);
  e.set(op.getResult(), e.reshape(results[0], {batch, e.dim(heads, 1), rows, width}));
  Type element = elementType(op.getPresentState());
  e.set(op.getPresentState(), e.map(stateSizes, element, Access{results[1], e.identity(4)},
                                    [&](ValueRange x) { return e.narrow(x[0], element); }));
}

static LogicalResult lowerRetention(Emitter &e, llm::RetentionOp op) {
  RetentionLowering(e, op).run();
  return success();
}

void retort::addRetentionLowerings(Lowering &lowering) { lowering.add(lowerRetention); }
