// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Operations of other dialects that say themselves how they are computed
// (dialects/Retort/Lowering.td).
//   %y = my.Snake(%x, %a)   ->   %y = linalg.generic { what buildScalar builds } (%x, %a)
#include "lib/Lower/Broadcast.h"
#include "lib/Lower/Lowering.h"
#include "lib/Lower/Scalars.h"

#include "dialects/Retort/Lowering.h"

using namespace mlir;
using namespace retort;

bool retort::lowersItself(Operation *op) { return isa<ScalarBody, LinalgLowering>(op); }

/// In a body, floats are f32 or wider.
static Type bodyElement(Emitter &e, Type element) {
  auto real = dyn_cast<FloatType>(element);
  return real && real.getWidth() < 32 ? Type(e.getF32Type()) : element;
}

static LogicalResult lowerByBody(Emitter &e, Operation *op, ScalarBody body) {
  Type element = elementType(op->getResult(0)), computed = bodyElement(e, element);
  Value wrong;
  Value result = lowerElementwise(e, op, [&](ValueRange elements) {
    SmallVector<Value> wide;
    for (auto [operand, value] : llvm::zip(op->getOperands(), elements)) {
      Type from = elementType(operand);
      wide.push_back(scalar::convert(e, value, from, bodyElement(e, from)));
    }
    Value value = body.buildScalar(e, e.getLoc(), wide);
    if (!value || value.getType() != storageType(computed)) {
      wrong = value ? value : elements.front();
      return e.zero(storageType(element));
    }
    return isa<FloatType>(element) ? scalar::convert(e, value, computed, element)
                                   : scalar::wrap(e, value, element);
  });
  if (wrong)
    return op->emitOpError() << "expects a body that gives " << storageType(computed)
                             << ", found one that gives " << wrong.getType();
  e.set(op->getResult(0), result);
  return success();
}

static LogicalResult lowerByInterface(Emitter &e, Operation *op, LinalgLowering lowering) {
  SmallVector<Value> operands =
      llvm::map_to_vector(op->getOperands(), [&](Value operand) { return e.get(operand); });
  SmallVector<SmallVector<Value>> sizes =
      llvm::map_to_vector(operands, [&](Value operand) { return e.dims(operand); });
  FailureOr<SmallVector<Value>> results = lowering.lowerToLinalg(e, operands, sizes);
  if (failed(results))
    return failure();
  if (results->size() != op->getNumResults())
    return op->emitOpError() << "expects a lowering to " << op->getNumResults()
                             << " values, found one to " << results->size();
  for (auto [result, value] : llvm::zip_equal(op->getResults(), *results)) {
    auto type = cast<RankedTensorType>(result.getType());
    RankedTensorType held = type.clone(storageType(type.getElementType()));
    auto given = value ? dyn_cast<RankedTensorType>(value.getType()) : RankedTensorType();
    if (!given || !tensor::CastOp::areCastCompatible(given, held))
      return op->emitOpError() << "expects a lowering to " << held << ", found one to "
                               << (given ? Type(given) : Type(e.getNoneType()));
    e.set(result, e.castTo(value, held));
  }
  return success();
}

LogicalResult retort::lowerByItself(Emitter &e, Operation *op) {
  if (auto lowering = dyn_cast<LinalgLowering>(op))
    return lowerByInterface(e, op, lowering);
  return lowerByBody(e, op, cast<ScalarBody>(op));
}
