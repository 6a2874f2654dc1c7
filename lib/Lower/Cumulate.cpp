// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Running sums and products: along an axis each element takes in those before it.
#include "lib/Lower/Broadcast.h"
#include "lib/Lower/Lowering.h"
#include "lib/Lower/Scalars.h"
#include "lib/Lower/Shapes.h"

using namespace mlir;
using namespace retort;

/// The axis may be known at run time alone: all are visited in order, and the place before is one
/// step back along it.
template <typename OpT, Value (*combine)(Emitter &, Value, Value)>
static Value lowerCumulative(Emitter &e, OpT op) {
  constexpr bool isProduct = std::is_same_v<OpT, onnx::CumProdOp>;
  Value data = e.get(op.getX()), zero = e.index(0), one = e.index(1);
  (void)onlyElement(e, e.get(op.getAxis()), "axis");
  NamedAxes axes(e, op, e.get(op.getAxis()), rankOf(data));
  SmallVector<Value> sizes = e.dims(data);
  Value neutral = scalar::number(e, isProduct, elementType(data));
  return e.forEach(sizes, e.empty(sizes, elementType(data)), [&](ValueRange at, Value all) {
    SmallVector<Value> here(at), before(at);
    Value isFirst = e.integer(0, e.getI1Type());
    for (int64_t axis = 0; axis < rankOf(data); ++axis) {
      Value isAlong = axes.contains(axis), last = e.sub(sizes[axis], one);
      if (constantOf(isAlong) == 0)
        continue;
      isFirst = e.either(isFirst, e.both(isAlong, e.equal(at[axis], zero)));
      Value previous = e.max(e.sub(at[axis], one), zero);
      auto place = [&](Value i) { return op.getReverse() ? e.sub(last, i) : i; };
      here[axis] = e.choose(isAlong, place(at[axis]), at[axis]);
      before[axis] = e.choose(isAlong, place(previous), at[axis]);
    }
    Value total = e.choose(isFirst, neutral, tensor::ExtractOp::create(e, all, before));
    Value term = e.extract(data, op.getExclusive() ? before : here);
    if (op.getExclusive())
      term = e.choose(isFirst, neutral, term);
    return tensor::InsertOp::create(e, combine(e, total, term), all, here).getResult();
  });
}

void retort::addCumulativeLowerings(Lowering &lowering) {
  lowering.add(lowerCumulative<onnx::CumSumOp, scalar::add>);
  lowering.add(lowerCumulative<onnx::CumProdOp, scalar::multiply>);
}
