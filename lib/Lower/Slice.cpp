// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Slices and paddings: a range of each axis.
#include "lib/Lower/Broadcast.h"
#include "lib/Lower/Lowering.h"
#include "lib/Lower/Shapes.h"

using namespace mlir;
using namespace retort;

namespace {
/// The positions start, start + step, ... of an axis, `count` of them.
struct AxisRange {
  Value start, step, count;
};
} // namespace

static constexpr int64_t beyond = int64_t(1) << 60; // all axes

/// A bound as ONNX gives it (negative: from the end) clamped to low ... high.
static Value clampBound(Emitter &e, Value bound, Value size, Value low, Value high) {
  auto number = constantOf(bound);
  if (number && *number == 0 && constantOf(low) == 0)
    return bound;
  if (number && *number >= beyond)
    return high;
  if (number && *number < 0)
    return e.max(e.add(*number <= -beyond ? e.index(-beyond) : bound, size), low);
  if (number)
    return e.min(bound, high);
  return e.max(e.min(e.wrapIndex(bound, size), high), low);
}

static AxisRange rangeOf(Emitter &e, Value start, Value end, Value step, Value size) {
  Value zero = e.index(0), one = e.index(1), last = e.sub(size, one);
  auto number = constantOf(step);
  auto forward = [&] {
    Value from = clampBound(e, start, size, zero, size), to = clampBound(e, end, size, zero, size);
    Value length = e.sub(to, from);
    if (!number || *number != 1)
      length = e.createOrFold<arith::CeilDivSIOp>(length, number ? step : e.max(step, one));
    return AxisRange{from, step,
                     to == size && constantOf(from) == 0 && number == 1 ? size
                                                                        : e.max(length, zero)};
  };
  auto backward = [&] {
    if (number == -1 && constantOf(start) == -1 && constantOf(end).value_or(0) <= -beyond)
      return AxisRange{last, step, size}; // all of it, which may be nothing
    Value from = clampBound(e, start, size, zero, last),
          to = clampBound(e, end, size, e.index(-1), last);
    Value length = e.createOrFold<arith::CeilDivSIOp>(e.sub(to, from),
                                                      number ? step : e.min(step, e.index(-1)));
    // An axis of nothing has no place 0 to begin at.
    return AxisRange{from, step, e.min(e.max(length, zero), size)};
  };
  if (number)
    return *number > 0 ? forward() : backward();
  Value isForward = e.less(zero, step);
  AxisRange up = forward(), down = backward();
  return {e.choose(isForward, up.start, down.start), step,
          e.choose(isForward, up.count, down.count)};
}

/// A small tensor of one axis at constant places.
static Value sliceScalars(Emitter &e, Value data, const AxisRange &range) {
  auto start = constantOf(range.start), step = constantOf(range.step),
       count = constantOf(range.count);
  if (!Emitter::isSmall(data.getType()) || rankOf(data) != 1 || !start || !step || !count)
    return {};
  SmallVector<Value> elements = e.scalars(data), chosen;
  for (int64_t i = 0; i < *count; ++i)
    chosen.push_back(elements[*start + i * *step]);
  return e.fromScalars(RankedTensorType::get(*count, elementType(data)), chosen);
}

/// Lists must be as long as there are names.
static void requireLength(Emitter &e, Operation *op, Value list, Value length) {
  if (list && rankOf(list) == 1)
    e.require(e.equal(e.dim(list, 0), length), op, "lists of different lengths");
}

static Value lowerSlice(Emitter &e, onnx::SliceOp op) {
  Value data = e.get(op.getData()), starts = e.get(op.getStarts()), ends = e.get(op.getEnds()),
        given = e.get(op.getSteps());
  int64_t rank = rankOf(data);
  NamedAxes axes(e, op, e.get(op.getAxes()), rank);
  axes.requireDistinct();
  Value zero = e.index(0), count = op.getAxes() ? axes.count() : e.dim(starts, 0);
  for (Value list : {starts, ends, given})
    requireLength(e, op, list, count);
  if (!op.getAxes() && !constantOf(count))
    e.require(e.equal(count, e.index(rank)), op, "expects a start for each axis");
  SmallVector<Value> offsets(rank, zero), strides(rank, e.index(1)), sizes = e.dims(data);
  for (int64_t axis = 0; axis < rank; ++axis) {
    bool isBeyond = !op.getAxes() && axis >= constantOf(count).value_or(rank);
    if (constantOf(axes.contains(axis)) == 0 || isBeyond)
      continue;
    Value size = e.dim(data, axis), step = e.index(1);
    if (given)
      step = axes.pick(axis, given, zero, step);
    if (!constantOf(step) || constantOf(step) == 0)
      e.require(e.equal(e.equal(step, zero), e.integer(0, e.getI1Type())),
                "expects a step other than 0");
    AxisRange range = rangeOf(e, axes.pick(axis, starts, zero, zero),
                              axes.pick(axis, ends, zero, size), step, size);
    if (Value small = sliceScalars(e, data, range))
      return small;
    offsets[axis] = range.start;
    strides[axis] = range.step;
    sizes[axis] = range.count;
  }
  if (sizes == e.dims(data) &&
      llvm::all_of(strides, [](Value step) { return constantOf(step) == 1; }))
    return data;
  sizes = e.refine(op->getResult(0).getType(), sizes);
  if (llvm::all_of(strides, [](Value step) { return constantOf(step) == 1; }))
    return e.slice(data, offsets, sizes);
  return e.generate(sizes, resultElement(op), [&](ValueRange indices) {
    SmallVector<Value> at;
    for (auto [index, offset, step] : llvm::zip(indices, offsets, strides))
      at.push_back(e.add(offset, e.mul(index, step)));
    return e.extract(data, at);
  });
}

/// Where position `i` of the padded axis reads, with `inside` whether it reads at all.
static Value padPosition(Emitter &e, StringRef mode, Value i, Value size) {
  Value zero = e.index(0), last = e.sub(size, e.index(1));
  if (mode == "wrap") {
    Value rest = arith::RemSIOp::create(e, i, size);
    return e.wrapIndex(rest, size);
  }
  if (mode == "reflect") { // back and forth with a period of 2 (size - 1)
    Value period = e.max(e.mul(last, e.index(2)), e.index(1));
    Value rest = e.wrapIndex(arith::RemSIOp::create(e, i, period), period);
    return e.min(rest, e.sub(period, rest));
  }
  return e.max(e.min(i, last), zero);
}

/// The data, or where an axis is empty a tensor that may be read: what lies outside of the data is
/// read at the place that is nearest, and then left out.
static Value readableData(Emitter &e, Value data) {
  Value some = e.integer(1, e.getI1Type()), zero = e.index(0), one = e.index(1);
  for (Value size : e.dims(data))
    if (!constantOf(size) || constantOf(size) == 0)
      some = e.both(some, e.less(zero, size));
  if (constantOf(some))
    return data;
  SmallVector<Value> sizes;
  for (auto [axis, size] : llvm::enumerate(e.dims(data)))
    sizes.push_back(constantOf(size) ? size : e.choose(some, one, e.max(size, one)));
  Value instead = e.fill(sizes, e.zero(elementType(data)));
  Value result = arith::SelectOp::create(e, some, data, e.castTo(instead, data.getType()));
  e.setDims(result, e.dims(data));
  return result;
}

static Value lowerPad(Emitter &e, onnx::PadOp op) {
  Value data = e.get(op.getData());
  int64_t rank = rankOf(data);
  Value pads = e.get(op.getPads()), zero = e.index(0);
  NamedAxes axes(e, op, e.get(op.getAxes()), rank);
  axes.requireDistinct();
  requireLength(e, op, pads, e.mul(axes.count(), e.index(2)));
  SmallVector<Value> before(rank), sizes = e.dims(data);
  Value most = e.index(int64_t(1) << 59), least = e.index(-(int64_t(1) << 59));
  for (int64_t axis = 0; axis < rank; ++axis) {
    before[axis] = axes.pick(axis, pads, zero, zero);
    Value after = axes.pick(axis, pads, axes.count(), zero), own = sizes[axis];
    for (Value pad : {before[axis], after})
      if (!e.isBounded(pad) || constantOf(pad)) // no sum overflows
        e.requireWithin(least, pad, most, "not enough memory for pads of these sizes");
    sizes[axis] = e.add(e.add(sizes[axis], before[axis]), after);
    if (op.getMode() != "constant" && sizes[axis] != own)
      e.require(e.either(e.less(zero, own), e.lessOrEqual(sizes[axis], zero)),
                "expects elements to pad with along each axis");
  }
  sizes = e.refine(op->getResult(0).getType(), sizes);
  Type element = resultElement(op);
  Value padding = e.zero(element);
  if (op.getConstantValue()) {
    Value given = e.get(op.getConstantValue());
    padding = e.extract(given, SmallVector<Value>(rankOf(given), e.index(0)));
  }
  if (llvm::any_of(e.dims(data), [](Value size) { return constantOf(size) == 0; }))
    return e.fill(sizes, padding); // there is nothing to read
  Value source = op.getMode() == "constant" ? readableData(e, data) : data;
  return e.generate(sizes, element, [&](ValueRange indices) {
    SmallVector<Value> at;
    Value inside = e.integer(1, e.getI1Type());
    for (auto [axis, index] : llvm::enumerate(indices)) {
      Value size = e.dim(data, axis);
      if (constantOf(before[axis]) == 0 && sizes[axis] == size) {
        at.push_back(index);
        continue;
      }
      Value i = e.sub(index, before[axis]);
      at.push_back(padPosition(e, op.getMode(), i, size));
      inside = e.both(inside, e.both(e.lessOrEqual(e.index(0), i), e.less(i, size)));
    }
    Value read = e.extract(source, at);
    return op.getMode() == "constant" ? e.choose(inside, read, padding) : read;
  });
}

void retort::addSliceLowerings(Lowering &lowering) {
  lowering.add(lowerSlice);
  lowering.add(lowerPad);
}
