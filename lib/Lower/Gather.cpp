// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Operations that read at computed positions. Positions out of range stop the model.
#include "lib/Lower/Broadcast.h"
#include "lib/Lower/Linear.h"
#include "lib/Lower/Lowering.h"
#include "lib/Lower/Positions.h"
#include "lib/Lower/Scalars.h"
#include "lib/Lower/Shapes.h"

using namespace mlir;
using namespace retort;

/// A constant or computed position into a small list.
static Value gatherScalars(Emitter &e, onnx::GatherOp op, Value data, Value indices) {
  RankedTensorType type = tensorType(indices).clone(elementType(data));
  if (!Emitter::isSmall(data.getType()) || rankOf(data) != 1 ||
      !Emitter::isSmall(indices.getType()) || !Emitter::isSmall(type))
    return {};
  SmallVector<Value> elements = e.scalars(data), chosen;
  for (Value index : e.scalars(indices)) {
    auto number = constantOf(index);
    int64_t size = elements.size();
    if (!number || *number < -size || *number >= size)
      return {};
    chosen.push_back(elements[*number < 0 ? *number + size : *number]);
  }
  return e.fromScalars(type, chosen);
}

/// Rows of a table that lies packed for products.
static Value gatherPacked(Emitter &e, onnx::GatherOp op, const WeightMatrix &table) {
  Value indices = e.get(op.getIndices()), count = e.index(table.columns);
  requireInRange(e, op, indices, count);
  SmallVector<Value> sizes = e.dims(indices), parts = e.packedWeight(table);
  int64_t inner = sizes.size();
  sizes.push_back(e.index(table.depth));
  Type element = resultElement(op);
  return e.mapIndexed(sizes, element,
                      Access{indices, e.project(inner + 1, llvm::to_vector(llvm::seq(inner)))},
                      [&](ValueRange at, ValueRange x) {
                        Value row = e.wrapIndex(e.toIndex(x[0]), count);
                        return e.narrow(readPacked(e, table, parts, at.back(), row), element);
                      });
}

/// What a table of f32 was widened from: rows that are looked up are, and not all of it.
static Value beforeWidening(Value table) {
  auto cast = table.getDefiningOp<onnx::CastOp>();
  if (!cast || !getElementTypeOrSelf(table.getType()).isF32())
    return table;
  Type from = getElementTypeOrSelf(cast.getInput().getType());
  return from.isF16() || from.isBF16() ? cast.getInput() : table;
}

static Value lowerGather(Emitter &e, onnx::GatherOp op) {
  if (e.packedWeight && (op.getAxis() == 0 || op.getAxis() == -2))
    if (auto table = packedTableOf(op.getData()))
      return gatherPacked(e, op, *table);
  Value data = e.get(beforeWidening(op.getData())), indices = e.get(op.getIndices());
  int64_t rank = rankOf(data), axis = frontAxis(op.getAxis(), rank);
  if (Value small = gatherScalars(e, op, data, indices))
    return small;
  Value size = e.dim(data, axis);
  requireInRange(e, op, indices, size);
  SmallVector<Value> sizes = e.dims(data);
  SmallVector<Value> middle = e.dims(indices);
  sizes.erase(sizes.begin() + axis);
  sizes.insert(sizes.begin() + axis, middle.begin(), middle.end());
  sizes = e.refine(op->getResult(0).getType(), sizes);
  int64_t inner = rankOf(indices);
  SmallVector<int64_t> where = llvm::to_vector(llvm::seq(axis, axis + inner));
  return e.mapIndexed(sizes, resultElement(op), Access{indices, e.project(sizes.size(), where)},
                      [&](ValueRange at, ValueRange x) {
                        SmallVector<Value> source(at.begin(), at.begin() + axis);
                        source.push_back(e.wrapIndex(e.toIndex(x[0]), size));
                        source.append(at.begin() + axis + inner, at.end());
                        Value element = e.extract(data, source);
                        Type type = resultElement(op);
                        return element.getType() == type ? element
                                                         : e.narrow(e.widen(element), type);
                      });
}

static Value lowerGatherElements(Emitter &e, onnx::GatherElementsOp op) {
  Value data = e.get(op.getData()), indices = e.get(op.getIndices());
  int64_t rank = rankOf(data), axis = frontAxis(op.getAxis(), rank);
  Value size = e.dim(data, axis);
  for (int64_t i = 0; i < rank; ++i)
    if (i != axis)
      e.require(e.lessOrEqual(e.dim(indices, i), e.dim(data, i)),
                "expects indices that are no larger than the data beside the axis");
  requireInRange(e, op, indices, size);
  return e.mapIndexed(e.dims(indices), resultElement(op), Access{indices, e.identity(rank)},
                      [&](ValueRange at, ValueRange x) {
                        SmallVector<Value> source(at);
                        source[axis] = e.wrapIndex(e.toIndex(x[0]), size);
                        return e.extract(data, source);
                      });
}

/// The last axis of the indices names a place behind the batch axes; what follows the place is
/// copied.
static Value lowerGatherND(Emitter &e, onnx::GatherNDOp op) {
  Value data = e.get(op.getData()), indices = e.get(op.getIndices());
  int64_t batch = op.getBatchDims(), outer = rankOf(indices) - 1, rank = rankOf(data);
  int64_t length = tensorType(indices).getDimSize(outer);
  if (ShapedType::isDynamic(length))
    return op.emitOpError("expects indices whose last size is known"), Value();
  for (int64_t axis = 0; axis < batch; ++axis)
    requireSameSize(e, indices, axis, data, axis, "expects as many batches of indices as of data");
  requireAllInRange(e, op, indices,
                    SmallVector<Value>(ArrayRef<Value>(e.dims(data)).slice(batch, length)));
  SmallVector<Value> sizes = e.dims(indices);
  sizes.pop_back();
  for (int64_t axis = batch + length; axis < rank; ++axis)
    sizes.push_back(e.dim(data, axis));
  sizes = e.refine(op->getResult(0).getType(), sizes);
  return e.generate(sizes, resultElement(op), [&](ValueRange at) {
    SmallVector<Value> source(at.begin(), at.begin() + batch),
        place(at.begin(), at.begin() + outer);
    place.push_back(Value());
    for (int64_t i = 0; i < length; ++i) {
      place.back() = e.index(i);
      source.push_back(e.wrapIndex(e.toIndex(e.extract(indices, place)), e.dim(data, batch + i)));
    }
    source.append(at.begin() + outer, at.end());
    return e.extract(data, source);
  });
}

/// The places of those elements that are not zero, in order: each loop counts how many came before.
static Value lowerNonZero(Emitter &e, onnx::NonZeroOp op) {
  Value data = e.get(op.getX());
  SmallVector<Value> sizes = e.dims(data);
  Type element = elementType(data);
  Value one = e.integer(1, e.getI64Type()), none = e.zero(e.getI64Type());
  auto isSet = [&](Value x) {
    return e.equal(scalar::equal(e, x, e.zero(element)), e.integer(0, e.getI1Type()));
  };
  int64_t rank = sizes.size();
  Value counted =
      e.reduce({}, e.getI64Type(), none, AffineMap::get(rank, 0, e.getContext()),
               std::string(rank, 'r'), Access{data, e.identity(rank)}, [&](ValueRange x) -> Value {
                 return arith::AddIOp::create(e, x[1], e.choose(isSet(x[0]), one, none));
               });
  Value count = e.toIndex(e.extract(counted));
  // The counter lies behind the places, in a column of its own.
  SmallVector<Value> wider{e.index(std::max<int64_t>(rank, 1)), e.add(count, e.index(1))};
  Value places = e.forEach(sizes, e.fill(wider, none), [&](ValueRange at, Value list) -> Value {
    Value next = tensor::ExtractOp::create(e, list, ValueRange{e.index(0), count});
    Value set = isSet(e.extract(data, at));
    Value column = e.choose(set, e.toIndex(next), count);
    for (int64_t axis = 0; axis < rank; ++axis)
      list = tensor::InsertOp::create(e, e.fromIndex(at[axis], e.getI64Type()), list,
                                      ValueRange{e.index(axis), column});
    Value after = arith::AddIOp::create(e, next, e.choose(set, one, none));
    return tensor::InsertOp::create(e, after, list, ValueRange{e.index(0), count});
  });
  return e.slice(places, {e.index(0), e.index(0)}, {e.index(rank), count});
}

void retort::addGatherLowerings(Lowering &lowering) {
  lowering.add(lowerGather);
  lowering.add(lowerGatherElements);
  lowering.add(lowerGatherND);
  lowering.add(lowerNonZero);
}
