// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Softmax and its kin along one axis, in f32 or wider.
#include "lib/Lower/Softmax.h"
#include "lib/Lower/Broadcast.h"
#include "lib/Lower/Lowering.h"
#include "lib/Lower/Reduce.h"
#include "lib/Lower/Scalars.h"
#include "lib/Lower/Shapes.h"

using namespace mlir;
using namespace retort;

Value retort::maximumAlong(Emitter &e, Value tensor, int64_t axis) {
  Type type = accumulatorType(e, elementType(tensor));
  return reduceAxes(e, tensor, axis, e.lowest(type),
                    [&](Value x, Value best) { return scalar::maximum(e, x, best, false); });
}

Value retort::sumAlong(Emitter &e, Value tensor, int64_t axis) {
  Type type = accumulatorType(e, elementType(tensor));
  return reduceAxes(e, tensor, axis, e.zero(type),
                    [&](Value x, Value sum) { return e.sum(x, sum); });
}

/// exp(x - max): in (0, 1].
static Value shiftedPowers(Emitter &e, Value data, int64_t axis, Value highest) {
  int64_t rank = rankOf(data);
  return e.map(e.dims(data), elementType(highest),
               {{data, e.identity(rank)}, {highest, withoutAxes(e, rank, axis)}},
               [&](ValueRange x) -> Value {
                 return math::ExpOp::create(e, arith::SubFOp::create(e, e.widen(x[0]), x[1]));
               });
}

static Value lowerSoftmax(Emitter &e, onnx::SoftmaxOp op) {
  Value data = e.get(op.getInput());
  int64_t rank = rankOf(data), axis = frontAxis(op.getAxis(), rank);
  Type element = elementType(data);
  Value powers = shiftedPowers(e, data, axis, maximumAlong(e, data, axis));
  Value sums = sumAlong(e, powers, axis);
  Value factors = e.map(e.dims(sums), elementType(sums), Access{sums, e.identity(rank - 1)},
                        [&](ValueRange x) -> Value {
                          return arith::DivFOp::create(e, e.real(1, x[0].getType()), x[0]);
                        });
  return e.map(
      e.dims(data), element, {{powers, e.identity(rank)}, {factors, withoutAxes(e, rank, axis)}},
      [&](ValueRange x) { return e.narrow(arith::MulFOp::create(e, x[0], x[1]), element); });
}

static Value lowerLogSoftmax(Emitter &e, onnx::LogSoftmaxOp op) {
  Value data = e.get(op.getInput());
  int64_t rank = rankOf(data), axis = frontAxis(op.getAxis(), rank);
  Type element = elementType(data);
  Value highest = maximumAlong(e, data, axis);
  Value sums = sumAlong(e, shiftedPowers(e, data, axis, highest), axis);
  AffineMap outer = e.identity(rank - 1), inner = withoutAxes(e, rank, axis);
  Value shift = e.map(e.dims(sums), elementType(sums), {{sums, outer}, {highest, outer}},
                      [&](ValueRange x) -> Value {
                        return arith::AddFOp::create(e, math::LogOp::create(e, x[0]), x[1]);
                      });
  return e.map(e.dims(data), element, {{data, e.identity(rank)}, {shift, inner}},
               [&](ValueRange x) {
                 return e.narrow(arith::SubFOp::create(e, e.widen(x[0]), x[1]), element);
               });
}

/// One at the first maximum, zero elsewhere.
static Value lowerHardmax(Emitter &e, onnx::HardmaxOp op) {
  Value data = e.get(op.getInput());
  int64_t rank = rankOf(data), axis = frontAxis(op.getAxis(), rank);
  Type element = elementType(data);
  SmallVector<Value> outer = e.dims(data);
  outer.erase(outer.begin() + axis);
  Value winner = e.generate(outer, e.getIndexType(), [&](ValueRange indices) {
    SmallVector<Value> at(indices);
    at.insert(at.begin() + axis, Value());
    return e.loop(
        e.dim(data, axis), {e.lowest(element), e.index(0)}, [&](Value i, ValueRange best) {
          at[axis] = i;
          Value x = e.extract(data, at);
          Value wins = scalar::less(e, best[0], x, false);
          return SmallVector<Value>{e.choose(wins, x, best[0]), e.choose(wins, i, best[1])};
        })[1];
  });
  return e.mapIndexed(e.dims(data), element, Access{winner, withoutAxes(e, rank, axis)},
                      [&](ValueRange at, ValueRange x) {
                        return e.choose(e.equal(at[axis], x[0]), e.real(1, element),
                                        e.zero(element));
                      });
}

void retort::addSoftmaxLowerings(Lowering &lowering) {
  lowering.add(lowerSoftmax);
  lowering.add(lowerLogSoftmax);
  lowering.add(lowerHardmax);
}
