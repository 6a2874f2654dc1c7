// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Operations that write at computed positions, one after the other: of equal positions the last
// wins.
#include "lib/Lower/Broadcast.h"
#include "lib/Lower/Lowering.h"
#include "lib/Lower/Positions.h"
#include "lib/Lower/Scalars.h"
#include "lib/Lower/Shapes.h"

using namespace mlir;
using namespace retort;

/// What is written where `old` was.
static Value combine(Emitter &e, StringRef reduction, Value old, Value update, bool isUnsigned) {
  if (reduction == "add")
    return scalar::add(e, old, update);
  if (reduction == "mul")
    return scalar::multiply(e, old, update);
  if (reduction == "max")
    return scalar::maximum(e, old, update, isUnsigned);
  if (reduction == "min")
    return scalar::minimum(e, old, update, isUnsigned);
  return update;
}

static Value write(Emitter &e, Operation *op, StringRef reduction, Value target,
                   ArrayRef<Value> place, Value update) {
  bool isUnsigned = isUnsignedElement(elementType(op->getOperand(0)));
  Value value = update;
  if (reduction != "none")
    value = combine(e, reduction, tensor::ExtractOp::create(e, target, place), update, isUnsigned);
  return tensor::InsertOp::create(e, value, target, place);
}

static Value lowerScatterElements(Emitter &e, onnx::ScatterElementsOp op) {
  Value data = e.get(op.getData()), indices = e.get(op.getIndices()),
        updates = e.get(op.getUpdates());
  int64_t axis = frontAxis(op.getAxis(), rankOf(data));
  Value size = e.dim(data, axis);
  for (int64_t i = 0; i < rankOf(data); ++i) {
    requireSameSize(e, updates, i, indices, i, "expects an update for each index");
    if (i != axis)
      e.require(e.lessOrEqual(e.dim(indices, i), e.dim(data, i)),
                "expects indices that are no larger than the data beside the axis");
  }
  requireInRange(e, op, indices, size);
  return e.forEach(e.dims(indices), data, [&](ValueRange at, Value target) {
    SmallVector<Value> place(at);
    place[axis] = e.wrapIndex(e.toIndex(e.extract(indices, at)), size);
    return write(e, op, op.getReduction(), target, place, e.extract(updates, at));
  });
}

static Value lowerScatterND(Emitter &e, onnx::ScatterNDOp op) {
  Value data = e.get(op.getData()), indices = e.get(op.getIndices()),
        updates = e.get(op.getUpdates());
  int64_t outer = rankOf(indices) - 1, length = tensorType(indices).getDimSize(outer);
  if (ShapedType::isDynamic(length))
    return op.emitOpError("expects indices whose last size is known"), Value();
  for (int64_t i = 0; i < rankOf(updates); ++i)
    requireSameSize(e, updates, i, i < outer ? indices : data, i < outer ? i : i - outer + length,
                    "expects an update of the size of its place for each index");
  requireAllInRange(e, op, indices,
                    SmallVector<Value>(ArrayRef<Value>(e.dims(data)).take_front(length)));
  return e.forEach(e.dims(updates), data, [&](ValueRange at, Value target) {
    SmallVector<Value> tuple(at.begin(), at.begin() + outer), place;
    tuple.push_back(Value());
    for (int64_t i = 0; i < length; ++i) {
      tuple.back() = e.index(i);
      place.push_back(e.wrapIndex(e.toIndex(e.extract(indices, tuple)), e.dim(data, i)));
    }
    place.append(at.begin() + outer, at.end());
    return write(e, op, op.getReduction(), target, place, e.extract(updates, at));
  });
}

/// Updates around the end of the cache, element by element.
static Value scatterAround(Emitter &e, Value cache, Value update, Value starts, int64_t axis) {
  return e.forEach(e.dims(update), cache, [&](ValueRange at, Value target) -> Value {
    SmallVector<Value> place(at);
    if (starts)
      place[axis] = e.add(e.toIndex(e.extract(starts, at[0])), at[axis]);
    place[axis] = e.createOrFold<arith::RemUIOp>(place[axis], e.dim(cache, axis));
    return tensor::InsertOp::create(e, e.extract(update, at), target, place);
  });
}

/// Part b of the batch takes the update at write_indices[b], linear or around its end. Linear
/// updates are slices, without a loop for one text: where the cache is a state, it is written where
/// it is.
static Value lowerTensorScatter(Emitter &e, onnx::TensorScatterOp op) {
  Value cache = e.get(op.getPastCache()), update = e.get(op.getUpdate()),
        starts = e.get(op.getWriteIndices());
  int64_t axis = frontAxis(op.getAxis(), rankOf(cache));
  for (int64_t i = 0; i < rankOf(cache); ++i)
    e.require(i == axis ? e.lessOrEqual(e.dim(update, i), e.dim(cache, i))
                        : e.equal(e.dim(update, i), e.dim(cache, i)),
              "expects an update that the cache can take");
  if (starts)
    requireSameSize(e, starts, 0, cache, 0, "expects a write index for each part of the batch");
  if (starts && op.getMode() == "circular") // any place is one
    requireCounts(e, op, starts, e.index(int64_t(1) << 59));
  if (op.getMode() == "circular")
    return scatterAround(e, cache, update, starts, axis);
  SmallVector<Value> whole = e.dims(cache), sizes = e.dims(update);
  if (starts) // start + length <= size
    requireCounts(e, op, starts, e.sub(whole[axis], sizes[axis]));
  auto write = [&](Value b, Value part, Value target) {
    SmallVector<Value> offsets(rankOf(cache), e.index(0));
    offsets[0] = b;
    if (starts)
      offsets[axis] = e.toIndex(e.extract(starts, b));
    return e.insert(part, target, offsets);
  };
  Value batch = sizes[0];
  if (constantOf(batch) == 1)
    return write(e.index(0), update, cache);
  sizes[0] = e.index(1);
  return e.loop(batch, cache, [&](Value b, ValueRange carried) {
    e.setDims(carried[0], whole);
    SmallVector<Value> offsets(rankOf(cache), e.index(0));
    offsets[0] = b;
    return SmallVector<Value>{write(b, e.slice(update, offsets, sizes), carried[0])};
  })[0];
}

void retort::addScatterLowerings(Lowering &lowering) {
  lowering.add(lowerScatterElements);
  lowering.add(lowerScatterND);
  lowering.add(lowerTensorScatter);
}
