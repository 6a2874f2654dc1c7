// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Recomputation.
//
//   %y = f(%x); %z = g(%y)   ->   %y = f(%x); %z = g(%y); ...
//                                 %x1 = %x * %unit; %y1 = f(%x1); %dy = g'(%y1) ...
#include "lib/Differentiate/Segments.h"
#include "lib/Analysis/GraphCuts.h"

#include "dialects/Onnx/Onnx.h"
#include "dialects/Onnx/Weights.h"

using namespace mlir;
using namespace retort;

/// Of each active value that an operation of the way gives, the last that reads it.
static llvm::DenseMap<Value, size_t>
lastReaders(ArrayRef<Operation *> way, const llvm::DenseSet<Value> &active, Value scalar) {
  llvm::DenseMap<Value, size_t> last;
  for (auto [place, op] : llvm::enumerate(way)) {
    for (Value value : valuesReadBy(op))
      if (value.getDefiningOp() && active.contains(value))
        last[value] = place;
    for (Value result : op->getResults())
      if (active.contains(result))
        last.try_emplace(result, place);
  }
  last[scalar] = way.size();
  return last;
}

SmallVector<Segment> retort::segmentsOf(ArrayRef<Operation *> way,
                                        const llvm::DenseSet<Value> &active, Value scalar) {
  llvm::DenseMap<Value, size_t> last = lastReaders(way, active, scalar);
  SmallVector<Segment> segments(1);
  SmallVector<Value> open; ///< given so far, and read later
  bool isSecond = false;
  Value before;
  for (auto [place, op] : llvm::enumerate(way)) {
    segments.back().operations.push_back(op);
    for (Value result : op->getResults())
      if (active.contains(result))
        open.push_back(result);
    llvm::erase_if(open, [&, place = place](Value value) { return last[value] <= place; });
    if (open.size() != 1 || open.front() == before || place + 1 == way.size())
      continue;
    before = open.front();
    // The stream alone: others follow from it by one operation, and are cheap to keep as that.
    if (before.getDefiningOp() != op)
      continue;
    isSecond = !isSecond;
    if (!isSecond)
      continue;
    segments.push_back({before, {}});
  }
  if (segments.back().operations.empty())
    segments.pop_back();
  return segments;
}

int64_t retort::bytesOf(ArrayRef<Operation *> operations, const llvm::DenseSet<Value> &active) {
  int64_t bytes = 0;
  for (Operation *op : operations)
    for (Value result : op->getResults()) {
      auto type = dyn_cast<RankedTensorType>(result.getType());
      if (active.contains(result) && type && type.hasStaticShape())
        bytes += onnx::encodedBytes(type);
    }
  return bytes;
}

SmallVector<Operation *> retort::recompute(const Segment &segment, Value unit, OpBuilder &builder,
                                           Adjoints &adjoints, IRMapping &map) {
  OnnxBuilder build(builder, segment.cut.getLoc());
  Value again = build.multiply(
      segment.cut,
      build.cast(unit, cast<RankedTensorType>(segment.cut.getType()).getElementType()));
  map.map(segment.cut, again);
  adjoints.active.insert(again);
  SmallVector<Operation *> copies;
  for (Operation *op : segment.operations) {
    Operation *copy = builder.clone(*op, map);
    for (auto [result, other] : llvm::zip_equal(op->getResults(), copy->getResults()))
      if (adjoints.active.contains(result))
        adjoints.active.insert(other);
    copies.push_back(copy);
  }
  return copies;
}
