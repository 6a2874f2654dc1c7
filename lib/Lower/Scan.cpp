// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Scan: a loop that takes lists apart and puts lists together, along any axis, from either end.
#include "lib/Lower/Iteration.h"

#include "lib/Lower/Broadcast.h"

using namespace mlir;
using namespace retort;

namespace {
/// A list that Scan takes apart or puts together: along which axis, and whether from its end.
struct ScannedList {
  int64_t axis = 0;
  bool backwards = false;

  /// Entry `i` of the attributes, which is 0 where it is left out; `rank` is the list's.
  static ScannedList of(std::optional<ArrayRef<int64_t>> axes,
                        std::optional<ArrayRef<int64_t>> directions, size_t i, int64_t rank) {
    auto entry = [&](std::optional<ArrayRef<int64_t>> list) {
      return list && i < list->size() ? (*list)[i] : 0;
    };
    int64_t axis = entry(axes);
    return {axis < 0 ? axis + rank : axis, entry(directions) != 0};
  }

  /// Where the element of a step lies in a list of `count`.
  Value place(Emitter &e, Value step, Value count) const {
    return backwards ? e.sub(e.sub(count, step), e.index(1)) : step;
  }

  Value take(Emitter &e, Value list, Value step, Value count) const {
    SmallVector<Value> sizes = e.dims(list), offsets(sizes.size(), e.index(0));
    offsets[axis] = place(e, step, count);
    sizes[axis] = e.index(1);
    Value part = e.slice(list, offsets, sizes);
    sizes.erase(sizes.begin() + axis);
    return e.reshape(part, sizes);
  }

  Value put(Emitter &e, Operation *op, Value element, Value list, Value step, Value count) const {
    SmallVector<Value> sizes = e.dims(element), wanted = e.dims(list);
    wanted.erase(wanted.begin() + axis);
    requireSizes(e, op, element, wanted, "an iteration gives an element of another size");
    sizes.insert(sizes.begin() + axis, e.index(1));
    SmallVector<Value> offsets(sizes.size(), e.index(0));
    offsets[axis] = place(e, step, count);
    return e.castTo(e.insert(e.reshape(element, sizes), list, offsets), list.getType());
  }

  /// A list that was put together forwards along the first axis, as it should lie.
  Value arrange(Emitter &e, Value list) const {
    if (axis == 0 && !backwards)
      return list;
    SmallVector<int64_t> order = llvm::to_vector(llvm::seq<int64_t>(1, rankOf(list)));
    order.insert(order.begin() + axis, 0);
    Value moved = e.transpose(list, order);
    if (!backwards)
      return moved;
    return e.generate(e.dims(moved), elementType(moved), [&](ValueRange indices) {
      SmallVector<Value> at(indices);
      at[axis] = place(e, at[axis], e.dim(moved, axis));
      return e.extract(moved, at);
    });
  }
};

class ScanLowering {
public:
  ScanLowering(Emitter &e, const Lowering &lowering, onnx::ScanOp op)
      : e(e), lowering(lowering), op(op), inputs(op.getNumScanInputs()),
        states(op->getNumOperands() - inputs) {}

  LogicalResult run() {
    for (unsigned i = 0; i < inputs; ++i) {
      Value list = e.get(op->getOperand(states + i));
      taken.push_back(
          ScannedList::of(op.getScanInputAxes(), op.getScanInputDirections(), i, rankOf(list)));
      Value size = e.dim(list, taken.back().axis);
      count = i == 0 ? size : count;
      e.require(e.equal(size, count), op, "scans lists of different lengths");
    }
    LoopBuilder loop{e, op, {e.index(0), e.integer(1, e.getI1Type())}};
    for (unsigned i = 0; i < states; ++i)
      loop.start.push_back(
          e.castTo(e.get(op->getOperand(i)), heldType(op->getResult(i).getType())));
    for (unsigned i = states; i < op->getNumResults(); ++i)
      loop.start.push_back(startOf(i));
    auto results = loop.run(count, [&](ValueRange carried) { return step(carried); });
    if (failed(results))
      return failure();
    for (unsigned i = states; i < op->getNumResults(); ++i)
      if (!isPlaced(i))
        (*results)[2 + i] = made[i - states].arrange(e, (*results)[2 + i]);
    return loop.finish(results);
  }

private:
  /// Whether all sizes of a list are known before the first step: then each element gets its place
  /// at once.
  bool isPlaced(unsigned result) {
    SmallVector<int64_t> shape(heldType(op->getResult(result).getType()).getShape());
    shape.erase(shape.begin() + made[result - states].axis);
    return !ShapedType::isDynamicShape(shape);
  }

  Value startOf(unsigned result) {
    RankedTensorType type = heldType(op->getResult(result).getType());
    made.push_back(ScannedList::of(op.getScanOutputAxes(), op.getScanOutputDirections(),
                                   result - states, type.getRank()));
    int64_t axis = made.back().axis;
    SmallVector<int64_t> shape(type.getShape());
    if (!isPlaced(result)) {
      shape.erase(shape.begin() + axis);
      shape.insert(shape.begin(), ShapedType::kDynamic);
      return emptyList(e, type.clone(shape));
    }
    SmallVector<Value> sizes;
    for (auto [i, size] : llvm::enumerate(shape))
      sizes.push_back(int64_t(i) == axis ? count : e.index(size));
    shape[axis] = ShapedType::kDynamic;
    return e.castTo(e.empty(sizes, type.getElementType()), type.clone(shape));
  }

  FailureOr<SmallVector<Value>> step(ValueRange carried) {
    Block &body = op.getBody().front();
    for (unsigned i = 0; i < states; ++i)
      e.set(body.getArgument(i), carried[2 + i]);
    for (unsigned i = 0; i < inputs; ++i)
      e.set(body.getArgument(states + i),
            taken[i].take(e, e.get(op->getOperand(states + i)), carried[0], count));
    auto values = lowering.lowerBlock(e, body);
    if (failed(values))
      return failure();
    SmallVector<Value> next{e.add(carried[0], e.index(1)), carried[1]};
    for (auto [i, value] : llvm::enumerate(*values)) {
      Value before = carried[2 + i];
      if (i < states)
        next.push_back(e.castTo(value, before.getType()));
      else if (isPlaced(i))
        next.push_back(made[i - states].put(e, op, value, before, carried[0], count));
      else
        next.push_back(append(e, op, before, value));
    }
    return next;
  }

  Emitter &e;
  const Lowering &lowering;
  onnx::ScanOp op;
  unsigned inputs, states;
  Value count;
  SmallVector<ScannedList> taken, made;
};
} // namespace

static LogicalResult lowerScan(Emitter &e, const Lowering &lowering, onnx::ScanOp op) {
  return ScanLowering(e, lowering, op).run();
}

void retort::addScanLowerings(Lowering &lowering) { lowering.add(lowerScan); }
