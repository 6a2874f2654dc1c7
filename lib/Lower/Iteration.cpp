// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Lower/Iteration.h"

using namespace mlir;
using namespace retort;

RankedTensorType retort::heldType(Type type) {
  auto tensor = cast<RankedTensorType>(type);
  return tensor.clone(storageType(tensor.getElementType()));
}

Value retort::append(Emitter &e, Operation *op, Value list, Value element) {
  SmallVector<Value> sizes = e.dims(element), offsets(rankOf(list), e.index(0));
  Value count = e.dim(list, 0), isFirst = e.equal(count, e.index(0));
  Value same = e.integer(1, e.getI1Type());
  for (auto [axis, size] : llvm::enumerate(sizes))
    same = e.both(same, e.equal(size, e.dim(list, axis + 1)));
  e.require(e.either(same, isFirst), op, "an iteration gives an element of another size");
  sizes.insert(sizes.begin(), e.add(count, e.index(1)));
  Value longer = e.insert(list, e.empty(sizes, elementType(element)), offsets);
  offsets[0] = count;
  sizes[0] = e.index(1);
  longer = e.insert(e.reshape(element, sizes), longer, offsets);
  return e.castTo(longer, list.getType());
}

Value retort::emptyList(Emitter &e, Type type) {
  RankedTensorType held = heldType(type);
  SmallVector<int64_t> shape(held.getShape());
  shape[0] = ShapedType::kDynamic;
  SmallVector<Value> sizes;
  for (int64_t size : shape)
    sizes.push_back(e.index(ShapedType::isDynamic(size) ? 0 : size));
  return e.castTo(e.empty(sizes, held.getElementType()), held.clone(shape));
}

FailureOr<SmallVector<Value>> LoopBuilder::run(Value limit, Body body) {
  SmallVector<Type> types = llvm::to_vector(ValueRange(start).getTypes());
  SmallVector<Location> locations(types.size(), e.getLoc());
  auto loop = scf::WhileOp::create(e, types, start);
  Block *before = e.createBlock(&loop.getBefore(), {}, types, locations);
  {
    Emitter::Nested nested(e);
    e.setInsertionPointToStart(before);
    Value goOn = before->getArgument(1);
    if (limit)
      goOn = e.both(goOn, e.less(before->getArgument(0), limit));
    scf::ConditionOp::create(e, goOn, before->getArguments());
  }
  Block *after = e.createBlock(&loop.getAfter(), {}, types, locations);
  {
    Emitter::Nested nested(e);
    e.setInsertionPointToStart(after);
    auto next = body(after->getArguments());
    if (failed(next))
      return failure();
    scf::YieldOp::create(e, *next);
  }
  e.setInsertionPointAfter(loop);
  return llvm::to_vector_of<Value>(loop.getResults());
}

SmallVector<Value> LoopBuilder::next(ValueRange carried, Value condition, ArrayRef<Value> values,
                                     unsigned states) {
  SmallVector<Value> next{e.add(carried[0], e.index(1)), condition};
  for (auto [i, value] : llvm::enumerate(values)) {
    Value before = carried[2 + i];
    next.push_back(i < states ? e.castTo(value, before.getType()) : append(e, op, before, value));
  }
  return next;
}

LogicalResult LoopBuilder::finish(const FailureOr<SmallVector<Value>> &results) {
  if (failed(results))
    return failure();
  for (auto [result, value] : llvm::zip(op->getResults(), llvm::drop_begin(*results, 2)))
    e.set(result, value);
  return success();
}
