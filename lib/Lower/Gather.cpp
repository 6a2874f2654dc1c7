// Operations that read at computed positions. Positions out of range stop the model.
#include "lib/Lower/Broadcast.h"
#include "lib/Lower/Lowering.h"
#include "lib/Lower/Positions.h"
#include "lib/Lower/Shapes.h"

using namespace mlir;
using namespace retort;

/// A constant or computed position into a small list.
static Value gatherScalars(Emitter &e, onnx::GatherOp op, Value data, Value indices) {
  RankedTensorType type = tensorType(indices).clone(elementType(data));
  if (!Emitter::isSmall(data.getType()) || rankOf(data) != 1 || !Emitter::isSmall(indices.getType()) || !Emitter::isSmall(type))
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

static Value lowerGather(Emitter &e, onnx::GatherOp op) {
  Value data = e.get(op.getData()), indices = e.get(op.getIndices());
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
                        return e.extract(data, source);
                      });
}

static Value lowerGatherElements(Emitter &e, onnx::GatherElementsOp op) {
  Value data = e.get(op.getData()), indices = e.get(op.getIndices());
  int64_t rank = rankOf(data), axis = frontAxis(op.getAxis(), rank);
  Value size = e.dim(data, axis);
  requireInRange(e, op, indices, size);
  return e.mapIndexed(e.dims(indices), resultElement(op), Access{indices, e.identity(rank)},
                      [&](ValueRange at, ValueRange x) {
                        SmallVector<Value> source(at);
                        source[axis] = e.wrapIndex(e.toIndex(x[0]), size);
                        return e.extract(data, source);
                      });
}

/// The last axis of the indices names a place behind the batch axes; what follows the place is copied.
static Value lowerGatherND(Emitter &e, onnx::GatherNDOp op) {
  Value data = e.get(op.getData()), indices = e.get(op.getIndices());
  int64_t batch = op.getBatchDims(), outer = rankOf(indices) - 1, rank = rankOf(data);
  int64_t length = tensorType(indices).getDimSize(outer);
  if (ShapedType::isDynamic(length))
    return op.emitOpError("expects indices whose last size is known"), Value();
  requireAllInRange(e, op, indices, SmallVector<Value>(ArrayRef<Value>(e.dims(data)).slice(batch, length)));
  SmallVector<Value> sizes = e.dims(indices);
  sizes.pop_back();
  for (int64_t axis = batch + length; axis < rank; ++axis)
    sizes.push_back(e.dim(data, axis));
  sizes = e.refine(op->getResult(0).getType(), sizes);
  return e.generate(sizes, resultElement(op), [&](ValueRange at) {
    SmallVector<Value> source(at.begin(), at.begin() + batch), place(at.begin(), at.begin() + outer);
    place.push_back(Value());
    for (int64_t i = 0; i < length; ++i) {
      place.back() = e.index(i);
      source.push_back(e.wrapIndex(e.toIndex(e.extract(indices, place)), e.dim(data, batch + i)));
    }
    source.append(at.begin() + outer, at.end());
    return e.extract(data, source);
  });
}

void retort::addGatherLowerings(Lowering &lowering) {
  lowering.add(lowerGather);
  lowering.add(lowerGatherElements);
  lowering.add(lowerGatherND);
}
