// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Rotary position embedding.
#include "lib/Lower/Broadcast.h"
#include "lib/Lower/Lowering.h"
#include "lib/Lower/Positions.h"
#include "lib/Lower/Scalars.h"

using namespace mlir;
using namespace retort;

namespace {
/// The input as B x H x T x D, whatever the order of its axes, and its tables.
struct Rope {
  Emitter &e;
  Operation *op;
  Value input, cos, sin, positions;
  bool interleaved;
  int64_t heads, rows; // the axes of heads and rows: 1 and 2, or 2 and 1
};
} // namespace

/// The angle's entry for batch b, row t, pair p.
static Value entry(Rope &r, Value table, Value b, Value t, Value p) {
  Emitter &e = r.e;
  auto batched = [&](Value tensor) {
    return e.choose(e.equal(e.dim(tensor, 0), e.index(1)), e.index(0), b);
  };
  if (!r.positions)
    return e.extract(table, {batched(table), t, p});
  Value position = e.extract(r.positions, {batched(r.positions), t});
  return e.extract(table, {e.wrapIndex(e.toIndex(position), e.dim(table, 0)), p});
}

/// a cos - b sin for the first coordinate of a pair, a cos + b sin for the second; b is the other
/// one.
static Value turned(Rope &r, Value x, Value other, Value isFirst, Value b, Value t, Value pair) {
  Emitter &e = r.e;
  Value wide = e.widen(x);
  auto angle = [&](Value table) {
    return e.narrow(e.widen(entry(r, table, b, t, pair)), wide.getType());
  };
  Value cos = angle(r.cos), sin = angle(r.sin);
  Value signedSin = arith::SelectOp::create(e, isFirst, arith::NegFOp::create(e, sin), sin);
  Value sum = arith::AddFOp::create(e, arith::MulFOp::create(e, wide, cos),
                                    arith::MulFOp::create(e, e.widen(other), signedSin));
  return e.narrow(sum, x.getType());
}

/// Heads that turn as a whole, in halves: each half is read, and looked up, in order, so that it
/// vectorizes.
static Value rotateHalves(Rope &r, Value half) {
  Emitter &e = r.e;
  SmallVector<Value> sizes = e.dims(r.input), split(sizes);
  split.back() = e.index(2);
  split.push_back(half);
  Value parts = e.reshape(r.input, split);
  Value result = e.mapIndexed(split, elementType(r.input), Access{parts, e.identity(5)},
                              [&](ValueRange at, ValueRange x) {
                                SmallVector<Value> place(at);
                                place[3] = e.sub(e.index(1), at[3]);
                                return turned(r, x[0], e.extract(parts, place),
                                              e.equal(at[3], e.index(0)), at[0], at[r.rows], at[4]);
                              });
  return e.reshape(result, sizes);
}

/// Coordinate d of a row belongs to pair p, as its first (-sin) or second (+sin) part; those behind
/// the width pass.
static Value rotate(Rope &r) {
  Emitter &e = r.e;
  Value half = e.dim(r.cos, rankOf(r.cos) - 1), two = e.index(2);
  Type element = elementType(r.input);
  Value width = e.mul(half, two);
  Value batch = e.dim(r.input, 0), rows = e.dim(r.input, r.rows);
  auto batchOf = [&](Value tensor) {
    return e.choose(e.equal(e.dim(tensor, 0), e.index(1)), e.index(1), batch);
  };
  requireSizes(e, r.op, r.sin, e.dims(r.cos), "the tables have different sizes");
  e.require(e.lessOrEqual(width, e.dim(r.input, 3)), r.op, "the tables are wider than a head");
  if (r.positions) {
    requireInRange(e, r.op, r.positions, e.dim(r.cos, 0));
    requireSizes(e, r.op, r.positions, {batchOf(r.positions), rows},
                 "the positions do not fit the rows");
  } else {
    requireSizes(e, r.op, r.cos, {batchOf(r.cos), rows, half}, "the tables do not fit the rows");
  }
  bool all = constantOf(width) && constantOf(width) == constantOf(e.dim(r.input, 3));
  if (all && !r.interleaved)
    return rotateHalves(r, half);
  return e.mapIndexed(
      e.dims(r.input), element, Access{r.input, e.identity(4)},
      [&](ValueRange at, ValueRange x) -> Value {
        Value d = at[3], inside = e.less(d, width);
        Value pair, isFirst, other;
        if (r.interleaved) {
          pair = e.createOrFold<arith::DivUIOp>(d, two);
          isFirst = e.equal(e.createOrFold<arith::RemUIOp>(d, two), e.index(0));
          other = e.choose(isFirst, e.add(d, e.index(1)), e.sub(d, e.index(1)));
        } else {
          isFirst = e.less(d, half);
          pair = e.choose(isFirst, d, e.sub(d, half));
          other = e.choose(isFirst, e.add(d, half), e.sub(d, half));
        }
        if (!all) { // stay in range behind the width
          pair = e.choose(inside, pair, e.index(0));
          other = e.choose(inside, other, d);
        }
        SmallVector<Value> place(at);
        place[3] = other;
        Value result = turned(r, x[0], e.extract(r.input, place), isFirst, at[0], at[r.rows], pair);
        return all ? result : arith::SelectOp::create(e, inside, result, x[0]).getResult();
      });
}

static Value lowerRope(Emitter &e, llm::RopeOp op) {
  Rope rope{e,
            op,
            e.get(op.getInput()),
            e.get(op.getCos()),
            e.get(op.getSin()),
            e.get(op.getPositions()),
            op.getInterleaved(),
            1,
            2};
  return rotate(rope);
}

/// B x T x (H D) is read as B x T x H x D.
static Value rotateFlat(Rope rope, int64_t heads) {
  Emitter &e = rope.e;
  SmallVector<Value> sizes = e.dims(rope.input);
  if (sizes.size() == 4)
    return rotate(rope);
  Value input = rope.input, count = e.index(heads), size = e.divide(sizes[2], count);
  e.require(e.equal(e.mul(size, count), sizes[2]), rope.op, "the heads do not divide a row");
  rope.input = e.reshape(input, {sizes[0], sizes[1], count, size});
  rope.heads = 2;
  rope.rows = 1;
  return e.reshape(rotate(rope), sizes);
}

static Value lowerRotaryEmbedding(Emitter &e, onnx::RotaryEmbeddingOp op) {
  Value input = e.get(op.getX());
  if (rankOf(input) == 3 && op.getNumHeads().value_or(0) == 0)
    return op.emitOpError("expects 'num_heads' for an input of rank 3"), Value();
  Rope rope{e,
            op,
            input,
            e.get(op.getCosCache()),
            e.get(op.getSinCache()),
            e.get(op.getPositionIds()),
            op.getInterleaved() != 0,
            1,
            2};
  return rotateFlat(rope, op.getNumHeads().value_or(0));
}

/// Positions are B x T, or one number: that of the first row.
static Value lowerMicrosoftRotary(Emitter &e, onnx::MicrosoftRotaryEmbeddingOp op) {
  Value input = e.get(op.getInput()), positions = e.get(op.getPositionIds()),
        cos = e.get(op.getCosCache());
  int64_t rank = rankOf(input);
  Value rows = e.dim(input, rank == 4 ? 2 : 1);
  if (rankOf(positions) == 1) {
    Value first = positions;
    positions = e.generate({e.index(1), rows}, e.getI64Type(), [&](ValueRange at) {
      return e.add(e.extract(first, e.index(0)), e.fromIndex(at[1], e.getI64Type()));
    });
  }
  int64_t heads = op.getNumHeads().value_or(0);
  if (rank == 3 && heads == 0) { // all of the head turns
    auto size = constantOf(e.dim(input, 2)), half = constantOf(e.dim(cos, 1));
    if (!size || !half || *half == 0 || *size < 2 * *half)
      return op.emitOpError("expects 'num_heads' for an input of rank 3"), Value();
    heads = *size / (2 * *half);
  }
  Rope rope{
      e, op, input, cos, e.get(op.getSinCache()), positions, op.getInterleaved().value_or(0) != 0,
      1, 2};
  Value result = rotateFlat(rope, heads);
  double factor = op.getScale().value_or(1);
  if (factor == 1)
    return result;
  return e.map(e.dims(result), elementType(result), Access{result, e.identity(rank)},
               [&](ValueRange x) {
                 Value wide = e.widen(x[0]);
                 return e.narrow(arith::MulFOp::create(e, wide, e.real(factor, wide.getType())),
                                 x[0].getType());
               });
}

void retort::addRopeLowerings(Lowering &lowering) {
  lowering.add(lowerRope);
  lowering.add(lowerRotaryEmbedding);
  lowering.add(lowerMicrosoftRotary);
}
