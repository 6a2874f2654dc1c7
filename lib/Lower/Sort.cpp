// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Operations that order elements.
#include "lib/Lower/Broadcast.h"
#include "lib/Lower/Lowering.h"
#include "lib/Lower/Scalars.h"
#include "lib/Lower/Shapes.h"

using namespace mlir;
using namespace retort;

namespace {
/// The order of TopK: by value, where NaN is larger than any number; equal values by position.
struct Order {
  Emitter &e;
  bool largest, isUnsigned;
  /// a comes before b by its value.
  Value better(Value a, Value b) {
    if (!isa<FloatType>(a.getType()))
      return largest ? scalar::less(e, b, a, isUnsigned) : scalar::less(e, a, b, isUnsigned);
    auto compare = [&](arith::CmpFPredicate predicate, Value x, Value y) -> Value {
      return arith::CmpFOp::create(e, predicate, x, y);
    };
    Value number = largest ? b : a; // the one that must not be NaN
    return e.both(compare(arith::CmpFPredicate::ORD, number, number),
                  compare(largest ? arith::CmpFPredicate::UGT : arith::CmpFPredicate::ULT, a, b));
  }
  /// a at position i comes before b at position j.
  Value before(Value a, Value i, Value b, Value j) {
    Value notWorse = e.equal(better(b, a), e.integer(0, e.getI1Type()));
    return e.either(better(a, b), e.both(notWorse, e.less(i, j)));
  }
};
} // namespace

/// Each place takes the first of those that come after the place before it: K passes over the axis,
/// which is right for the small K of expert routing and sampling.
static LogicalResult lowerTopK(Emitter &e, onnx::TopKOp op) {
  Value data = e.get(op.getX());
  Value count = e.toIndex(onlyElement(e, e.get(op.getK()), "number 'k'"));
  int64_t rank = rankOf(data), axis = frontAxis(op.getAxis(), rank);
  Value size = e.dim(data, axis), none = e.index(-1);
  SmallVector<Value> sizes = e.dims(data);
  sizes[axis] = count;
  sizes = e.refine(op.getIndices().getType(), sizes);
  e.require(e.lessOrEqual(sizes[axis], size), op, "k is larger than the axis");
  Order order{e, bool(op.getLargest()), isUnsignedElement(elementType(op.getX()))};
  Value places = e.forEach(
      sizes, e.empty(sizes, e.getI64Type()), [&](ValueRange indices, Value chosen) -> Value {
        SmallVector<Value> at(indices), before(indices);
        Value isFirst = e.equal(indices[axis], e.index(0));
        before[axis] = e.max(e.sub(indices[axis], e.index(1)), e.index(0));
        Value last = e.toIndex(tensor::ExtractOp::create(e, chosen, before));
        last = e.choose(isFirst, e.index(0), last);
        at[axis] = last;
        Value lastValue = e.extract(data, at);
        at[axis] = e.index(0);
        auto best = e.loop(size, {e.extract(data, at), none}, [&](Value i, ValueRange best) {
          at[axis] = i;
          Value x = e.extract(data, at);
          Value isFree = e.either(isFirst, order.before(lastValue, last, x, i));
          // The best so far lies before: of equals it stays.
          Value wins =
              e.both(isFree, e.either(e.less(best[1], e.index(0)), order.better(x, best[0])));
          return SmallVector<Value>{e.choose(wins, x, best[0]), e.choose(wins, i, best[1])};
        });
        return tensor::InsertOp::create(e, e.fromIndex(best[1], e.getI64Type()), chosen, indices);
      });
  e.set(op.getIndices(), places);
  e.set(op.getValues(), e.mapIndexed(sizes, elementType(data), Access{places, e.identity(rank)},
                                     [&](ValueRange indices, ValueRange x) {
                                       SmallVector<Value> at(indices);
                                       at[axis] = e.toIndex(x[0]);
                                       return e.extract(data, at);
                                     }));
  return success();
}

void retort::addSortLowerings(Lowering &lowering) { lowering.add(lowerTopK); }
