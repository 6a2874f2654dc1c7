// Finds the lowering of each operation of a block.
#include "lib/Lower/Lowering.h"

#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"

using namespace mlir;
using namespace retort;

Lowering::Lowering() {
  addAttentionLowerings(*this);
  addBinaryLowerings(*this);
  addContractionLowerings(*this);
  addControlFlowLowerings(*this);
  addConversionLowerings(*this);
  addCreationLowerings(*this);
  addGatherLowerings(*this);
  addMicrosoftLowerings(*this);
  addMovementLowerings(*this);
  addNormalizationLowerings(*this);
  addQuantizationLowerings(*this);
  addReductionLowerings(*this);
  addReshapeLowerings(*this);
  addRopeLowerings(*this);
  addScatterLowerings(*this);
  addSoftmaxLowerings(*this);
  addSortLowerings(*this);
  addUnaryLowerings(*this);
}

/// Operations that are already what lowering leads to keep their form; operands may have become
/// more static.
static LogicalResult keep(Emitter &e, Operation *op) {
  IRMapping map;
  for (Value operand : op->getOperands()) {
    Value value = e.get(operand);
    if (auto tensor = dyn_cast<RankedTensorType>(operand.getType()))
      value = e.castTo(value, tensor.clone(storageType(tensor.getElementType())));
    map.map(operand, value);
  }
  op->walk([&](Operation *inner) {
    for (Value operand : inner->getOperands())
      if (!map.contains(operand) && e.get(operand))
        map.map(operand, e.get(operand));
  });
  Operation *copy = e.clone(*op, map);
  for (auto [before, after] : llvm::zip(op->getResults(), copy->getResults()))
    e.set(before, after);
  return success();
}

static LogicalResult reject(Operation *op) {
  if (op->getName().getStringRef() == "onnx.node") {
    auto type = op->getAttrOfType<StringAttr>("op_type"),
         domain = op->getAttrOfType<StringAttr>("domain");
    return op->emitError() << "unknown operator '" << (type ? type.getValue() : "")
                           << "' of domain '" << (domain ? domain.getValue() : "") << "'";
  }
  return op->emitOpError("has no lowering to CPU code");
}

static bool isTarget(Operation *op) {
  return isa_and_nonnull<arith::ArithDialect, cf::ControlFlowDialect, math::MathDialect,
                         tensor::TensorDialect, linalg::LinalgDialect, scf::SCFDialect>(
      op->getDialect());
}

/// What the lowering of an operation may rely on: results that are tensors with a rank, of numbers.
static LogicalResult checkResults(Operation *op) {
  for (Value result : op->getResults()) {
    auto type = dyn_cast<RankedTensorType>(result.getType());
    if (isa<ShapedType>(result.getType()) && (!type || !type.getElementType().isIntOrFloat()))
      return op->emitOpError() << "has a result of type " << result.getType()
                               << ", which cannot be compiled to CPU code";
  }
  return success();
}

LogicalResult Lowering::lower(Emitter &e, Operation *op) const {
  e.setLoc(op->getLoc());
  auto known = functions.find(op->getName().getStringRef());
  if (known == functions.end())
    return isTarget(op) ? keep(e, op) : reject(op);
  if (failed(checkResults(op)))
    return failure();
  return known->second(e, op);
}

FailureOr<SmallVector<Value>> Lowering::lowerBlock(Emitter &e, Block &block) const {
  for (Operation &op : block.without_terminator())
    if (failed(lower(e, &op)))
      return failure();
  return llvm::map_to_vector(block.getTerminator()->getOperands(),
                             [&](Value value) { return e.get(value); });
}
