// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// llm.attention, where it is not fused: in f32, or f64 for operands of it. Query heads of one
// key-value head are a loop of their own, so nothing is repeated for grouped heads; columns that no
// row sees are not touched.
//
//   1. K = past and new rows, V likewise (the results present_key and present_value).
//   2. length: columns that some row may see; with `masked_rows = mean`, all.
//   3. scores[b,g,r,t,j] = sum over d of q[b,g,r,t,d] k[b,g,j,d], scaled, capped, biased; -inf
//   where hidden.
//   4. Softmax over j, with the sink as one more logit; a row of -inf gives zeros (or the mean).
//   5. result[b,g,r,t,e] = sum over j of p[b,g,r,t,j] v[b,g,j,e].
//
// Steps 2 to 5 are done for blocks of rows: the scores of a long text never exist at once, and with
// `causal` a block reads no column that lies behind its last row.
#include "lib/Lower/Broadcast.h"
#include "lib/Lower/Contract.h"
#include "lib/Lower/FusedAttention.h"
#include "lib/Lower/Lowering.h"
#include "lib/Lower/Reduce.h"
#include "lib/Lower/Scalars.h"
#include "lib/Lower/Softmax.h"

using namespace mlir;
using namespace retort;

/// Rows of a block: enough for the tiles of products, few enough that their scores stay small.
static constexpr int64_t rowsOfBlock = 64;

namespace {
class AttentionLowering {
public:
  AttentionLowering(Emitter &e, llm::AttentionOp op)
      : e(e), op(op),
        computed(elementType(op.getQuery()).isF64() ? e.getF64Type() : e.getF32Type()) {}
  void run();

private:
  void requireShapes(Value keys, Value values);
  Value withPast(Value past, Value rows);
  Value lengthFor(Value rows);
  Value attend(Value query, Value keys, Value values);
  Value attendInBlocks(Value query, Value keys, Value values);
  Value visible(ValueRange at);
  Value scoresOf(Value query, Value keys);
  Value maskScores(Value scores);
  Value softmax(Value scores);
  Value readBroadcast(Value tensor, ValueRange at);
  Value ofBatch(Value list, Value b);
  Value offsetOf(Value batch);
  Value maximumOf(Value list);

  Emitter &e;
  llm::AttentionOp op;
  Type computed; ///< the element type of what lies between
  Value batch, groups, repeats, columns, past;
  Value firstRow; // of the block
};
} // namespace

/// past and rows, one behind the other.
Value AttentionLowering::withPast(Value before, Value rows) {
  if (!before)
    return rows;
  SmallVector<Value> sizes = e.dims(rows), offsets(4, e.index(0));
  Value past = e.dim(before, 2);
  sizes[2] = e.add(past, sizes[2]);
  Value result = e.empty(sizes, elementType(rows));
  SmallVector<Value> head(sizes);
  head[2] = past;
  Value first = e.castTo(before, e.typeFor(head, elementType(before)));
  e.setDims(first, head);
  result = e.insert(first, result, offsets);
  offsets[2] = past;
  return e.insert(rows, result, offsets);
}

/// The largest element of an integer scalar or list.
Value AttentionLowering::maximumOf(Value list) {
  if (rankOf(list) == 0)
    return e.toIndex(e.extract(list));
  if (tensorType(list).getDimSize(0) == 1)
    return e.toIndex(e.extract(list, e.index(0)));
  Type type = elementType(list);
  Value best = e.reduce({}, type, e.lowest(type), AffineMap::get(1, 0, e.getContext()), "r",
                        Access{list, e.identity(1)}, [&](ValueRange x) -> Value {
                          return arith::MaxSIOp::create(e, x[0], x[1]);
                        });
  return e.toIndex(e.extract(best));
}

/// Where a list with one number for all, or one for each batch, is read.
Value AttentionLowering::ofBatch(Value list, Value b) {
  return e.choose(e.equal(e.dim(list, 0), e.index(1)), e.index(0), b);
}

/// The columns before the first row, of one batch.
Value AttentionLowering::offsetOf(Value b) {
  Value offset = e.get(op.getOffset());
  if (!offset)
    return past;
  if (rankOf(offset) == 0)
    return e.toIndex(e.extract(offset));
  return e.toIndex(e.extract(offset, ofBatch(offset, b)));
}

/// The columns that some of so many rows of the block may see.
Value AttentionLowering::lengthFor(Value rows) {
  Value length = columns;
  if (op.getMaskedRows() == llm::MaskedRows::Mean)
    return length;
  if (op.getKeyLength())
    length = e.max(e.min(length, maximumOf(e.get(op.getKeyLength()))), e.index(0));
  Value offset = op.getOffset() ? maximumOf(e.get(op.getOffset())) : past;
  if (op.getCausal() || op.getRightWindow()) {
    int64_t ahead = op.getCausal() ? 0 : *op.getRightWindow();
    if (op.getCausal() && op.getRightWindow())
      ahead = std::min<int64_t>(0, *op.getRightWindow());
    Value reach = e.add(e.add(e.add(offset, firstRow), rows), e.index(ahead));
    if (reach != length)
      length = e.max(e.min(length, reach), e.index(0));
  }
  return length;
}

/// An element of a tensor that broadcasts to B x H x T x S; `at` is b, g, r, t, j.
Value AttentionLowering::readBroadcast(Value tensor, ValueRange at) {
  Value head = e.add(e.mul(at[1], repeats), at[2]);
  SmallVector<Value> place{at[0], head, e.add(firstRow, at[3]), at[4]};
  SmallVector<Value> own;
  for (int64_t axis = 0; axis < rankOf(tensor); ++axis) {
    int64_t full = 4 - rankOf(tensor) + axis;
    Value size = e.dim(tensor, axis);
    if (constantOf(size) == 1) {
      own.push_back(e.index(0));
    } else if (constantOf(size)) {
      own.push_back(place[full]);
    } else {
      Value step = e.choose(e.equal(size, e.index(1)), e.index(0), e.index(1));
      own.push_back(e.mul(place[full], step));
    }
  }
  return e.extract(tensor, own);
}

/// Whether row t sees column j; null where every row sees every column.
Value AttentionLowering::visible(ValueRange at) {
  Value result;
  auto require = [&](Value condition) { result = result ? e.both(result, condition) : condition; };
  Value here = e.add(e.add(firstRow, at[3]), offsetOf(at[0])), column = at[4];
  if (op.getCausal())
    require(e.lessOrEqual(column, here));
  if (auto left = op.getLeftWindow())
    require(e.lessOrEqual(e.sub(here, e.index(*left)), column));
  if (auto right = op.getRightWindow())
    require(e.lessOrEqual(column, e.add(here, e.index(*right))));
  if (Value lengths = e.get(op.getKeyLength()))
    require(e.less(column, e.toIndex(e.extract(lengths, ofBatch(lengths, at[0])))));
  if (Value mask = e.get(op.getMask()))
    require(readBroadcast(mask, at));
  return result;
}

Value AttentionLowering::scoresOf(Value query, Value keys) {
  // Loops: b, g, r, t, j, d.
  Contraction product;
  product.sizes = {batch, groups, repeats, e.dim(query, 3), e.dim(keys, 2), e.dim(query, 4)};
  product.operands = {{query, {0, 1, 2, 3, 5}}, {keys, {0, 1, 4, 5}}};
  product.result = {0, 1, 2, 3, 4};
  product.order = {0, 1, 2, 3, 4, 5};
  return contract(e, product, computed);
}

/// scale, softcap, bias, and -inf where hidden.
Value AttentionLowering::maskScores(Value scores) {
  return e.mapIndexed(
      e.dims(scores), computed, Access{scores, e.identity(5)},
      [&](ValueRange at, ValueRange x) -> Value {
        Value score =
            arith::MulFOp::create(e, x[0], e.real(op.getScale().convertToFloat(), computed));
        if (auto cap = op.getSoftcap()) {
          Value limit = e.real(cap->convertToFloat(), computed);
          score = arith::MulFOp::create(
              e, math::TanhOp::create(e, arith::DivFOp::create(e, score, limit)), limit);
        }
        if (Value bias = e.get(op.getBias()))
          score =
              arith::AddFOp::create(e, score, e.narrow(e.widen(readBroadcast(bias, at)), computed));
        Value sees = visible(at);
        return sees ? arith::SelectOp::create(e, sees, score, e.lowest(computed)).getResult()
                    : score;
      });
}

Value AttentionLowering::softmax(Value scores) {
  SmallVector<Value> outer = e.dims(scores);
  outer.pop_back();
  AffineMap all = e.identity(5), row = e.project(5, {0, 1, 2, 3}), plain = e.identity(4);
  Value sinks = e.get(op.getSinks());
  auto sinkAt = [&](ValueRange at) {
    return e.narrow(e.widen(e.extract(sinks, e.add(e.mul(at[1], repeats), at[2]))), computed);
  };
  Value highest = maximumAlong(e, scores, 4);
  // A row of -inf is shifted by 0, so that its powers are 0 and not NaN.
  Value shift = e.mapIndexed(
      outer, computed, Access{highest, plain}, [&](ValueRange at, ValueRange x) -> Value {
        Value best = sinks ? scalar::maximum(e, x[0], sinkAt(at), false) : x[0];
        Value isHidden =
            arith::CmpFOp::create(e, arith::CmpFPredicate::OEQ, best, e.lowest(computed));
        return arith::SelectOp::create(e, isHidden, e.zero(computed), best);
      });
  Value powers =
      e.map(e.dims(scores), computed, {{scores, all}, {shift, row}}, [&](ValueRange x) -> Value {
        return math::ExpOp::create(e, arith::SubFOp::create(e, x[0], x[1]));
      });
  Value sums = sumAlong(e, powers, 4);
  bool mean = op.getMaskedRows() == llm::MaskedRows::Mean;
  Value factors = e.mapIndexed(
      outer, computed, {{sums, plain}, {shift, plain}}, [&](ValueRange at, ValueRange x) -> Value {
        Value sum = x[0];
        if (sinks)
          sum = arith::AddFOp::create(
              e, sum, math::ExpOp::create(e, arith::SubFOp::create(e, sinkAt(at), x[1])));
        Value isHidden = arith::CmpFOp::create(e, arith::CmpFPredicate::OEQ, sum, e.zero(computed));
        Value inverse = arith::DivFOp::create(e, e.real(1, computed), sum);
        return arith::SelectOp::create(e, isHidden, e.zero(computed), inverse);
      });
  Value share; // of each column in a row that sees none
  if (mean) {
    Value count =
        scalar::convert(e, e.fromIndex(columns, e.getI64Type()), e.getI64Type(), computed);
    share = arith::DivFOp::create(e, e.real(1, computed), count);
  }
  return e.map(e.dims(scores), computed, {{powers, all}, {factors, row}},
               [&](ValueRange x) -> Value {
                 Value p = arith::MulFOp::create(e, x[0], x[1]);
                 if (!mean)
                   return p;
                 Value isHidden =
                     arith::CmpFOp::create(e, arith::CmpFPredicate::OEQ, x[1], e.zero(computed));
                 return arith::SelectOp::create(e, isHidden, share, p);
               });
}

/// The result of a block of rows, as B x G x (H / G) x rows x E.
Value AttentionLowering::attend(Value query, Value keys, Value values) {
  Value rows = e.dim(query, 3), length = lengthFor(rows), zero = e.index(0);
  auto seen = [&](Value all) {
    return length == columns
               ? all
               : e.slice(all, {zero, zero, zero, zero}, {batch, groups, length, e.dim(all, 3)});
  };
  Value shares = softmax(maskScores(scoresOf(query, seen(keys))));
  // Loops: b, g, r, t, j, e; the sum over j outside, so that e vectorizes.
  Contraction product;
  product.sizes = {batch, groups, repeats, rows, length, e.dim(values, 3)};
  product.operands = {{shares, {0, 1, 2, 3, 4}}, {seen(values), {0, 1, 4, 5}}};
  product.result = {0, 1, 2, 3, 5};
  product.order = {0, 1, 2, 3, 4, 5};
  return contract(e, product, elementType(op.getResult()));
}

Value AttentionLowering::attendInBlocks(Value query, Value keys, Value values) {
  Value rows = e.dim(query, 3), zero = e.index(0), block = e.index(rowsOfBlock);
  if (auto known = constantOf(rows); known && *known <= rowsOfBlock)
    return attend(query, keys, values);
  SmallVector<Value> sizes{batch, groups, repeats, rows, e.dim(values, 3)};
  Value blocks = e.divide(e.add(rows, e.index(rowsOfBlock - 1)), block);
  Value empty = e.empty(sizes, elementType(op.getResult()));
  return e.loop(blocks, empty, [&](Value i, ValueRange carried) {
    firstRow = e.mul(i, block);
    Value count = e.min(block, e.sub(rows, firstRow));
    e.setDims(carried[0], sizes);
    Value part = e.slice(query, {zero, zero, zero, firstRow, zero},
                         {batch, groups, repeats, count, e.dim(query, 4)});
    Value result = attend(part, keys, values);
    return SmallVector<Value>{e.insert(result, carried[0], {zero, zero, zero, firstRow, zero})};
  })[0];
}

/// Sizes that only the run knows.
void AttentionLowering::requireShapes(Value keys, Value values) {
  Value heads = e.dim(e.get(op.getQuery()), 1), rows = e.dim(e.get(op.getQuery()), 2);
  requireSizes(e, op, values, {batch, groups, columns, e.dim(values, 3)},
               "key and value have different sizes");
  for (auto [before, all] : {std::pair(op.getPastKey(), keys), {op.getPastValue(), values}}) {
    if (!before)
      continue;
    SmallVector<Value> sizes = e.dims(all);
    sizes[2] = past;
    requireSizes(e, op, e.get(before), sizes, "past and new rows have different sizes");
  }
  for (Value operand : {op.getMask(), op.getBias()})
    if (operand)
      requireFits(e, op, e.get(operand), {batch, heads, rows, columns},
                  "a mask does not fit rows and columns");
  for (Value operand : {op.getKeyLength(), op.getOffset()})
    if (operand && rankOf(e.get(operand)) == 1)
      requireFits(e, op, e.get(operand), batch, "a list does not fit the batch");
  if (op.getSinks())
    requireSizes(e, op, e.get(op.getSinks()), heads, "the sinks do not fit the heads");
}

void AttentionLowering::run() {
  Value query = e.get(op.getQuery());
  Value keys = withPast(e.get(op.getPastKey()), e.get(op.getKey()));
  Value values = withPast(e.get(op.getPastValue()), e.get(op.getValue()));
  e.set(op.getPresentKey(), keys);
  e.set(op.getPresentValue(), values);
  past = op.getPastKey() ? e.dim(e.get(op.getPastKey()), 2) : e.index(0);
  firstRow = e.index(0);
  batch = e.dim(query, 0);
  groups = e.dim(keys, 1);
  columns = e.dim(keys, 2);
  e.require(e.less(e.index(0), groups), op, "there are no key-value heads");
  repeats = e.divide(e.dim(query, 1), e.max(groups, e.index(1)));
  Value rows = e.dim(query, 2), size = e.dim(query, 3);
  e.require(e.equal(e.mul(groups, repeats), e.dim(query, 1)), op,
            "the key-value heads do not divide the query heads");
  e.require(e.equal(batch, e.dim(keys, 0)), op, "query and key have different batches");
  e.require(e.equal(size, e.dim(keys, 3)), op, "query and key have different head sizes");
  requireShapes(keys, values);
  if (e.fusesAttention) {
    std::string reason = whyNotFused(e, op);
    if (reason.empty())
      return e.set(op.getResult(), fuseAttention(e, op, keys, values, past));
    e.declined.add("attention is not fused: " + reason, op.getLoc());
  }
  Value split = e.reshape(query, {batch, groups, repeats, rows, size});
  Value result = attendInBlocks(split, keys, values);
  SmallVector<Value> sizes{batch, groups, repeats, rows, e.dim(values, 3)};
  e.setDims(result, sizes);
  e.set(op.getResult(), e.reshape(result, {batch, e.dim(query, 1), rows, sizes.back()}));
}

static LogicalResult lowerAttention(Emitter &e, llm::AttentionOp op) {
  AttentionLowering(e, op).run();
  return success();
}

void retort::addAttentionLowerings(Lowering &lowering) { lowering.add(lowerAttention); }
