// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Maxima and means of windows that walk over any number of spatial axes.
#include "lib/Lower/Broadcast.h"
#include "lib/Lower/Lowering.h"
#include "lib/Lower/Reduce.h"
#include "lib/Lower/Scalars.h"
#include "lib/Lower/Window.h"

using namespace mlir;
using namespace retort;

namespace {
/// One pooling at work. Loops: n, c, places ..., then those of the window ...
struct Pooling {
  template <typename OpT> Pooling(Emitter &e, OpT op, Value data);

  /// `part` at `offset` of each spatial axis, `around` it up to what the windows reach.
  Value padded(Value part, ArrayRef<Value> offset, Value around, int64_t leading);
  Value reduce(Value from, int64_t leading, Value start, Emitter::Body step);
  Value counts(bool includePads);

  Emitter &e;
  Value data;
  int64_t axes;
  SmallVector<Window> windows;
  SmallVector<Value> kernel, reached, places;
};
} // namespace

template <typename OpT>
Pooling::Pooling(Emitter &e, OpT op, Value data) : e(e), data(data), axes(rankOf(data) - 2) {
  WindowAttributes attributes(op);
  attributes.ceil = op.getCeilMode();
  for (int64_t i = 0; i < axes; ++i) {
    Window w =
        makeWindow(e, op, attributes, i, axes, e.dim(data, i + 2), e.index(op.getKernelShape()[i]));
    Value end = e.add(e.mul(e.sub(w.result, e.index(1)), e.index(w.stride)), reachOf(e, w));
    reached.push_back(e.max(e.add(e.add(w.size, w.before), w.after), end));
    kernel.push_back(w.kernel);
    places.push_back(w.result);
    windows.push_back(w);
  }
}

Value Pooling::padded(Value part, ArrayRef<Value> offset, Value around, int64_t leading) {
  SmallVector<Value> sizes = e.dims(part), offsets(leading, e.index(0));
  sizes.truncate(leading);
  sizes.append(reached);
  offsets.append(offset.begin(), offset.end());
  return e.insert(part, e.fill(sizes, around), offsets);
}

Value Pooling::reduce(Value from, int64_t leading, Value start, Emitter::Body step) {
  int64_t outer = leading + axes, loops = outer + axes;
  SmallVector<AffineExpr> read;
  for (int64_t i = 0; i < leading; ++i)
    read.push_back(e.getAffineDimExpr(i));
  for (int64_t i = 0; i < axes; ++i)
    read.push_back(e.getAffineDimExpr(leading + i) * windows[i].stride +
                   e.getAffineDimExpr(outer + i) * windows[i].dilation);
  SmallVector<Value> sizes = e.dims(from);
  sizes.truncate(leading);
  sizes.append(places);
  Value window = e.empty(kernel, e.getI1Type()); // its sizes are those of loops, and never read
  return e.reduce(sizes, start.getType(), start,
                  e.project(loops, llvm::to_vector(llvm::seq(outer))),
                  std::string(outer, 'p') + std::string(axes, 'r'),
                  {{from, AffineMap::get(loops, 0, read, e.getContext())},
                   {window, e.project(loops, llvm::to_vector(llvm::seq(outer, loops)))}},
                  [&](ValueRange x) { return step({x[0], x[2]}); });
}

/// How many elements a window sees at each place.
Value Pooling::counts(bool includePads) {
  SmallVector<Value> sizes, offsets;
  for (const Window &w : windows) {
    sizes.push_back(includePads ? e.add(e.add(w.size, w.before), w.after) : w.size);
    offsets.push_back(includePads ? e.index(0) : w.before);
  }
  Type f32 = e.getF32Type();
  Value seen = padded(e.fill(sizes, e.real(1, f32)), offsets, e.zero(f32), 0);
  return reduce(seen, 0, e.zero(f32), [&](ValueRange x) { return e.sum(x[0], x[1]); });
}

static SmallVector<Value> beforeOf(const Pooling &pooling) {
  return llvm::map_to_vector(pooling.windows, [](const Window &w) { return w.before; });
}

static LogicalResult lowerMaxPool(Emitter &e, onnx::MaxPoolOp op) {
  if (op.getIndices() && !op.getIndices().use_empty())
    return op.emitOpError("with the places of its maxima has no lowering to CPU code");
  Pooling pooling(e, op, e.get(op.getX()));
  Type element = elementType(pooling.data);
  bool isUnsigned = isUnsignedElement(elementType(op.getX()));
  Value lowest = e.lowest(element, isUnsigned);
  Value data = pooling.padded(pooling.data, beforeOf(pooling), lowest, 2);
  e.set(op.getY(), pooling.reduce(data, 2, lowest, [&](ValueRange x) {
    return scalar::maximum(e, x[0], x[1], isUnsigned);
  }));
  return success();
}

static Value lowerAveragePool(Emitter &e, onnx::AveragePoolOp op) {
  Pooling pooling(e, op, e.get(op.getX()));
  Type element = resultElement(op), wide = accumulatorType(e, element);
  Value data = pooling.padded(pooling.data, beforeOf(pooling), e.zero(element), 2);
  Value sum = pooling.reduce(data, 2, e.zero(wide),
                             [&](ValueRange x) { return e.sum(e.widen(x[0]), x[1]); });
  int64_t rank = rankOf(sum);
  Value counts = pooling.counts(op.getCountIncludePad());
  return e.map(e.dims(sum), element,
               {{sum, e.identity(rank)},
                {counts, e.project(rank, llvm::to_vector(llvm::seq<int64_t>(2, rank)))}},
               [&](ValueRange x) {
                 return e.narrow(arith::DivFOp::create(e, x[0], e.narrow(x[1], wide)), element);
               });
}

void retort::addPoolLowerings(Lowering &lowering) {
  lowering.add(lowerMaxPool);
  lowering.add(lowerAveragePool);
}
