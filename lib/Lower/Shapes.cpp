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
  for (int64_t i = 0; i < cast<RankedTensorType>(result).getRank(); ++i)
    sizes.push_back(e.toIndex(e.extract(tensor, e.index(i))));
  return e.refine(result, sizes);
}

FailureOr<SmallVector<int64_t>> retort::axesFrom(Emitter &e, Operation *op, Value tensor,
                                                 int64_t rank) {
  if (!tensor)
    return llvm::to_vector(llvm::seq(rank));
  auto values = indicesFrom(e, op, tensor);
  if (failed(values))
    return failure();
  SmallVector<int64_t> axes;
  for (Value value : *values) {
    auto axis = constantOf(value);
    if (!axis)
      return op->emitOpError("expects axes that are constant");
    axes.push_back(frontAxis(*axis, rank));
  }
  return axes;
}
