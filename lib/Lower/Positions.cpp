// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Checks of positions that only the run knows.
#include "lib/Lower/Positions.h"
#include "dialects/Onnx/Weights.h"
#include "lib/Lower/Scalars.h"

using namespace mlir;
using namespace retort;

/// low <= index < high, for all elements, or with `column` for those at that place of the last
/// axis.
static void requireAll(Emitter &e, Operation *op, Value indices, Value low, Value high,
                       std::optional<int64_t> column = std::nullopt) {
  auto isInRange = [&](Value index) {
    return e.both(e.lessOrEqual(low, index), e.less(index, high));
  };
  bool isList = Emitter::isSmall(indices.getType()) && !column;
  Value allRight = e.integer(1, e.getI1Type());
  if (isList) {
    for (Value index : e.scalars(indices))
      allRight = e.both(allRight, isInRange(e.toIndex(index)));
  } else {
    SmallVector<char> loops(rankOf(indices), 'r');
    Value flag =
        e.reduce({}, e.getI1Type(), allRight, AffineMap::get(loops.size(), 0, e.getContext()),
                 StringRef(loops.data(), loops.size()), Access{indices, e.identity(loops.size())},
                 [&](ValueRange x) -> Value {
                   Value right = isInRange(e.toIndex(x[0]));
                   if (column) {
                     Value here = linalg::IndexOp::create(e, loops.size() - 1);
                     right = e.either(right, e.equal(e.equal(here, e.index(*column)),
                                                     e.integer(0, e.getI1Type())));
                   }
                   return arith::AndIOp::create(e, right, x[1]);
                 });
    allRight = e.extract(flag);
  }
  e.require(allRight, op, "index out of range");
}

/// Whether constant positions, as they are or as another type of integers, are all in range.
static bool areInRange(Value positions, int64_t size) {
  while (auto cast = positions.getDefiningOp<onnx::CastOp>())
    positions = cast.getInput();
  auto view = onnx::ConstantView::of(positions);
  if (!view || !isa<IntegerType>(view->type().getElementType()))
    return false;
  for (int64_t i = 0; i < view->size(); ++i)
    if (int64_t position = view->intAt(i); position < -size || position >= size)
      return false;
  return true;
}

void retort::requireInRange(Emitter &e, onnx::GatherOp op, Value indices, Value size) {
  auto known = constantOf(size);
  if (!known || !areInRange(op.getIndices(), *known))
    requireInRange(e, op.getOperation(), indices, size);
}

void retort::requireInRange(Emitter &e, Operation *op, Value indices, Value size) {
  requireAll(e, op, indices, e.sub(e.index(0), size), size);
}

void retort::requireCounts(Emitter &e, Operation *op, Value counts, Value most) {
  requireAll(e, op, counts, e.index(0), e.add(most, e.index(1)));
}

void retort::requireAllInRange(Emitter &e, Operation *op, Value indices, ArrayRef<Value> sizes) {
  for (auto [i, size] : llvm::enumerate(sizes))
    requireAll(e, op, indices, e.sub(e.index(0), size), size, i);
}
