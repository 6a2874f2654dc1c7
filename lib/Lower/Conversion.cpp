// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
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
  return lowerElementwise(e, op, op->getOperand(0), [&](ValueRange x) {
    return scalar::convert(e, x[0], from, to, Narrowing::of(op, to));
  });
}

/// The same bits. Integers that share a byte differ in how it is filled up.
static Value lowerBitCast(Emitter &e, onnx::BitCastOp op) {
  Type from = elementType(op->getOperand(0)), to = elementType(op->getResult(0));
  return lowerElementwise(e, op, op->getOperand(0), [&](ValueRange x) -> Value {
    Type held = storageType(to);
    if (from.isInteger(1) || to.isInteger(1))
      return scalar::convert(e, x[0], from, to);
    return held == x[0].getType() ? scalar::wrap(e, x[0], to)
                                  : arith::BitcastOp::create(e, held, x[0]).getResult();
  });
}

static Value lowerCast(Emitter &e, onnx::CastOp op) { return convertElements(e, op); }
static Value lowerCastLike(Emitter &e, onnx::CastLikeOp op) { return convertElements(e, op); }

void retort::addConversionLowerings(Lowering &lowering) {
  lowering.add(lowerCast);
  lowering.add(lowerCastLike);
  lowering.add(lowerBitCast);
}
