// Conversions between element types.
#include "lib/Lower/Broadcast.h"
#include "lib/Lower/Lowering.h"
#include "lib/Lower/Scalars.h"

using namespace mlir;
using namespace retort;

static Value convertElements(Emitter &e, Operation *op) {
  Type from = elementType(op->getOperand(0)), to = elementType(op->getResult(0));
  if (from == to)
    return e.get(op->getOperand(0));
  return lowerElementwise(e, op, op->getOperand(0),
                          [&](ValueRange x) { return scalar::convert(e, x[0], from, to); });
}

static Value lowerCast(Emitter &e, onnx::CastOp op) { return convertElements(e, op); }
static Value lowerCastLike(Emitter &e, onnx::CastLikeOp op) { return convertElements(e, op); }

void retort::addConversionLowerings(Lowering &lowering) {
  lowering.add(lowerCast);
  lowering.add(lowerCastLike);
}
