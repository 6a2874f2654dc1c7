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

/// A bound as ONNX gives it (negative: from the end) clamped to low ... high.
static Value clampBound(Emitter &e, Value bound, Value size, Value low, Value high) {
  auto number = constantOf(bound);
  if (number && *number == 0 && constantOf(low) == 0)
    return bound;
  if (number && *number >= INT32_MAX)
    return high;
  if (number && *number < 0)
    return e.max(e.add(*number <= INT32_MIN ? e.index(INT32_MIN) : bound, size), low);
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
    Value from = clampBound(e, start, size, zero, last),
          to = clampBound(e, end, size, e.index(-1), last);
    Value length = e.createOrFold<arith::CeilDivSIOp>(e.sub(to, from),
                                                      number ? step : e.min(step, e.index(-1)));
    return AxisRange{from, step, e.max(length, zero)};
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

static Value lowerSlice(Emitter &e, onnx::SliceOp op) {
  Value data = e.get(op.getData());
  int64_t rank = rankOf(data);
  auto starts = indicesFrom(e, op, e.get(op.getStarts())),
       ends = indicesFrom(e, op, e.get(op.getEnds()));
  auto axes = axesFrom(e, op, e.get(op.getAxes()), rank);
  if (failed(starts) || failed(ends) || failed(axes))
    return {};
  SmallVector<Value> steps(starts->size(), e.index(1));
  if (op.getSteps()) {
    auto given = indicesFrom(e, op, e.get(op.getSteps()));
    if (failed(given))
      return {};
    steps = *given;
  }
  SmallVector<Value> offsets(rank, e.index(0)), strides(rank, e.index(1)), sizes = e.dims(data);
  for (auto [i, start] : llvm::enumerate(*starts)) {
    int64_t axis = (*axes)[i];
    AxisRange range = rangeOf(e, start, (*ends)[i], steps[i], e.dim(data, axis));
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

static Value lowerPad(Emitter &e, onnx::PadOp op) {
  Value data = e.get(op.getData());
  int64_t rank = rankOf(data);
  auto pads = indicesFrom(e, op, e.get(op.getPads()));
  auto axes = axesFrom(e, op, e.get(op.getAxes()), rank);
  if (failed(pads) || failed(axes))
    return {};
  SmallVector<Value> before(rank, e.index(0)), sizes = e.dims(data);
  for (auto [i, axis] : llvm::enumerate(*axes)) {
    before[axis] = (*pads)[i];
    sizes[axis] = e.add(e.add(sizes[axis], (*pads)[i]), (*pads)[i + axes->size()]);
  }
  sizes = e.refine(op->getResult(0).getType(), sizes);
  Type element = resultElement(op);
  Value padding = e.zero(element);
  if (op.getConstantValue()) {
    Value given = e.get(op.getConstantValue());
    padding = e.extract(given, SmallVector<Value>(rankOf(given), e.index(0)));
  }
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
    Value read = e.extract(data, at);
    return op.getMode() == "constant" ? e.choose(inside, read, padding) : read;
  });
}

void retort::addSliceLowerings(Lowering &lowering) {
  lowering.add(lowerSlice);
  lowering.add(lowerPad);
}
