// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Sizes, axes and positions that operations get as tensors.
#include "lib/Lower/Shapes.h"

using namespace mlir;
using namespace retort;

FailureOr<SmallVector<Value>> retort::indicesFrom(Emitter &e, Operation *op, Value tensor) {
  RankedTensorType type = tensorType(tensor);
  if (!type.hasStaticShape() || type.getRank() > 1)
    return op->emitOpError() << "expects a list of known length, found " << type;
  SmallVector<Value> result;
  if (Emitter::isSmall(type)) {
    for (Value element : e.scalars(tensor))
      result.push_back(e.toIndex(element));
    return result;
  }
  for (int64_t i = 0; i < type.getNumElements(); ++i)
    result.push_back(
        e.toIndex(e.extract(tensor, type.getRank() == 0 ? ValueRange() : ValueRange(e.index(i)))));
  return result;
}

FailureOr<SmallVector<Value>> retort::sizesFrom(Emitter &e, Operation *op, Value tensor,
                                                Type result) {
  RankedTensorType type = tensorType(tensor);
  if (type.hasStaticShape()) {
    auto sizes = indicesFrom(e, op, tensor);
    if (failed(sizes))
      return failure();
    return e.refine(result, *sizes);
  }
  SmallVector<Value> sizes;
  int64_t rank = cast<RankedTensorType>(result).getRank();
  e.requireEqual(e.dim(tensor, 0), e.index(rank),
                 ("expects a shape of " + Twine(rank) + " sizes, as declared").str());
  for (int64_t i = 0; i < rank; ++i)
    sizes.push_back(e.toIndex(e.extract(tensor, e.index(i))));
  return e.refine(result, sizes);
}

Value retort::onlyElement(Emitter &e, Value tensor, StringRef what) {
  for (Value size : e.dims(tensor))
    e.requireEqual(size, e.index(1), ("expects one " + what).str());
  return e.extract(tensor, SmallVector<Value>(rankOf(tensor), e.index(0)));
}

void retort::requireSameSize(Emitter &e, Value a, int64_t axis, Value b, int64_t other,
                             StringRef problem) {
  e.requireEqual(e.dim(a, axis), e.dim(b, other), problem);
}

Value retort::splitAxis(Emitter &e, Value data, int64_t axis, ArrayRef<Value> sizes) {
  SmallVector<ReassociationIndices> parts;
  for (int64_t i = 0; i < rankOf(data); ++i)
    parts.push_back({i + (i > axis)});
  parts[axis].push_back(axis + 1);
  SmallVector<OpFoldResult> shape =
      llvm::map_to_vector(sizes, [](Value size) { return getAsOpFoldResult(size); });
  Value result =
      tensor::ExpandShapeOp::create(e, e.typeFor(sizes, elementType(data)), data, parts, shape);
  e.setDims(result, sizes);
  return result;
}

/// An element of a list or a scalar, as an index.
Value NamedAxes::element(Value list, Value k) const {
  return e.toIndex(e.extract(list, rankOf(list) == 0 ? ValueRange() : ValueRange(k)));
}

Value NamedAxes::nameAt(Value k) const { return e.wrapIndex(element(names, k), e.index(rank())); }

Value NamedAxes::count() const {
  if (!names)
    return e.index(rank());
  return rankOf(names) == 0 ? e.index(1) : e.dim(names, 0);
}

NamedAxes::NamedAxes(Emitter &e, Operation *op, Value tensor, int64_t rank)
    : e(e), names(tensor), named(rank) {
  Value yes = e.integer(1, e.getI1Type()), no = e.integer(0, e.getI1Type());
  for (int64_t axis = 0; axis < rank; ++axis)
    named[axis] = tensor ? no : yes;
  if (!tensor)
    return;
  auto length = constantOf(count());
  for (int64_t k = 0; k < length.value_or(0); ++k) {
    Value name = nameAt(e.index(k));
    e.require(e.both(e.lessOrEqual(e.index(0), name), e.less(name, e.index(rank))), op,
              "an axis is out of range");
    for (int64_t axis = 0; axis < rank; ++axis)
      named[axis] = e.either(named[axis], e.equal(name, e.index(axis)));
  }
  if (length)
    return;
  Value all = e.loop(count(), yes, [&](Value k, ValueRange right) {
    Value name = nameAt(k);
    Value inRange = e.both(e.lessOrEqual(e.index(0), name), e.less(name, e.index(rank)));
    return SmallVector<Value>{e.both(right[0], inRange)};
  })[0];
  e.require(all, op, "an axis is out of range");
  for (int64_t axis = 0; axis < rank; ++axis)
    named[axis] = e.loop(count(), no, [&](Value k, ValueRange found) {
      return SmallVector<Value>{e.either(found[0], e.equal(nameAt(k), e.index(axis)))};
    })[0];
}

SmallVector<int64_t> NamedAxes::constants() const {
  SmallVector<int64_t> result;
  for (auto [axis, isNamed] : llvm::enumerate(named))
    if (constantOf(isNamed).value_or(0))
      result.push_back(axis);
  return result;
}

void NamedAxes::nameAllIf(Value condition) {
  for (Value &isNamed : named)
    isNamed = e.either(isNamed, condition);
}

void NamedAxes::requireDistinct() const {
  if (!names)
    return;
  Value total = unnamedBefore(rank()); // of rank axes, those that no name has taken
  e.requireEqual(e.add(total, count()), e.index(rank()), "an axis is named twice");
}

Value NamedAxes::pick(int64_t axis, Value list, Value offset, Value otherwise) const {
  auto chosen = [&](Value k, Value before) {
    return e.choose(e.equal(nameAt(k), e.index(axis)), element(list, e.add(offset, k)), before);
  };
  if (!names)
    return element(list, e.add(offset, e.index(axis)));
  if (auto length = constantOf(count())) {
    for (int64_t k = 0; k < *length; ++k)
      otherwise = chosen(e.index(k), otherwise);
    return otherwise;
  }
  return e.loop(count(), otherwise, [&](Value k, ValueRange found) {
    return SmallVector<Value>{chosen(k, found[0])};
  })[0];
}

Value NamedAxes::unnamedBefore(int64_t axis) const {
  Value total = e.index(0);
  for (Value isNamed : ArrayRef(named).take_front(axis))
    total = e.add(total, e.choose(isNamed, e.index(0), e.index(1)));
  return total;
}

SmallVector<Value> NamedAxes::drop(ArrayRef<Value> sizes, int64_t kept) const {
  SmallVector<Value> result(kept, e.index(1));
  for (int64_t axis = 0; axis < rank(); ++axis) {
    Value place = unnamedBefore(axis), no = e.integer(0, e.getI1Type());
    for (auto [i, size] : llvm::enumerate(result)) {
      Value isHere = e.both(e.equal(place, e.index(i)), e.equal(named[axis], no));
      size = e.choose(isHere, sizes[axis], size);
    }
  }
  return result;
}

SmallVector<Value> NamedAxes::add(ArrayRef<Value> sizes) const {
  SmallVector<Value> result;
  for (int64_t axis = 0; axis < rank(); ++axis) {
    Value place = unnamedBefore(axis), own = e.index(1);
    for (auto [i, size] : llvm::enumerate(sizes))
      own = e.choose(e.equal(place, e.index(i)), size, own);
    result.push_back(e.choose(named[axis], e.index(1), own));
  }
  return result;
}
