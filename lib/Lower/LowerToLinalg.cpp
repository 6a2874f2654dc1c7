// Lowers the onnx, llm and compress dialects to linalg on tensors, function by function.
//   %y = onnx.Add(%x, %w)   ->   %y = linalg.generic { arith.addf } (%x, %w)
#include "dialects/Compress/WeightExpression.h"
#include "lib/Lower/Constants.h"
#include "lib/Lower/Lowering.h"

#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"

namespace retort {
#define GEN_PASS_DEF_LOWERTOLINALGPASS
#include "lib/Lower/LowerToLinalg.h.inc"
} // namespace retort

using namespace mlir;
using namespace retort;

/// The result of a lowered function has the type that the model declares, with its sizes where only
/// that knows them.
Value retort::castToBoundary(Emitter &e, Value value, Type type) {
  auto declared = cast<RankedTensorType>(type);
  RankedTensorType held = declared.clone(storageType(declared.getElementType()));
  Value result = e.castTo(value, held);
  return held == declared ? result : tensor::BitcastOp::create(e, declared, result).getResult();
}

namespace {
/// Rebuilds one function.
class FunctionLowering {
public:
  FunctionLowering(func::FuncOp old, WeightTable &weights)
      : old(old), func(func::FuncOp::create(old.getLoc(), old.getName(), old.getFunctionType())),
        constants(func, weights) {}
  ~FunctionLowering() {
    if (func && !func->getParentOp())
      func.erase();
  }
  LogicalResult run();

private:
  LogicalResult checkTypes();
  void lowerArguments(Emitter &emitter);

  func::FuncOp old, func;
  Constants constants;
};
} // namespace

/// What no lowering can hold: values without a rank, strings, sequences, floats of a byte.
LogicalResult FunctionLowering::checkTypes() {
  for (auto [i, type] : llvm::enumerate(old.getArgumentTypes())) {
    auto tensor = dyn_cast<RankedTensorType>(type);
    if (tensor && isComputable(tensor.getElementType()) &&
        (tensor.getElementType().isInteger(1) || tensor.getElementTypeBitWidth() >= 8))
      continue;
    auto name = old.getArgAttrOfType<StringAttr>(i, "onnx.name");
    return old.emitError() << "input " << (name ? "'" + name.str() + "'" : llvm::utostr(i))
                           << " of type " << type << " cannot be compiled to CPU code";
  }
  return success();
}

void FunctionLowering::lowerArguments(Emitter &e) {
  for (auto [before, after] : llvm::zip(old.getArguments(), func.getArguments())) {
    auto type = cast<RankedTensorType>(before.getType());
    auto held = type.clone(storageType(type.getElementType()));
    Value value = after;
    if (held != type)
      value = tensor::BitcastOp::create(e, held, after);
    e.set(before, value);
  }
}

/// The tensor that a constant holds, in whichever attribute.
static ElementsAttr valueOf(Operation *op) {
  if (auto value = op->getAttrOfType<ElementsAttr>("value"))
    return value;
  auto type = dyn_cast<RankedTensorType>(op->getResult(0).getType());
  if (!type)
    return {};
  for (StringRef name : {"value_float", "value_int"})
    if (Attribute value = op->getAttr(name))
      return DenseElementsAttr::get(type, value);
  if (auto floats = op->getAttrOfType<DenseF32ArrayAttr>("value_floats"))
    return DenseElementsAttr::get(type, floats.asArrayRef());
  if (auto integers = op->getAttrOfType<DenseI64ArrayAttr>("value_ints"))
    return DenseElementsAttr::get(type, integers.asArrayRef());
  return {};
}

LogicalResult FunctionLowering::run() {
  if (failed(checkTypes()))
    return failure();
  func->setAttrs(old->getAttrs());
  Block *entry = func.addEntryBlock();
  Emitter e(func);
  e.setInsertionPointToStart(entry);
  lowerArguments(e);
  e.packedWeight = [&](const WeightMatrix &weight) { return constants.packed(e, weight); };
  Lowering table;
  auto materialize = [&](Emitter &emitter, Operation *op) {
    if (auto scalar = dyn_cast<arith::ConstantOp>(op);
        scalar && !isa<ShapedType>(scalar.getType())) {
      emitter.set(scalar, emitter.constant(scalar.getValue()));
      return success();
    }
    ElementsAttr value = valueOf(op);
    if (!value)
      return LogicalResult(op->emitOpError("expects a tensor as its value"));
    Value result = constants.materialize(emitter, op, value);
    if (!result)
      return failure();
    emitter.set(op->getResult(0), result);
    return success();
  };
  for (StringRef name : {"onnx.initializer", "onnx.Constant", "arith.constant"})
    table.add(name, materialize);
  // A compressed weight that something else than a product reads.
  auto expand = [&](Emitter &emitter, Operation *op) {
    auto weight = compress::WeightExpression::of(op->getResult(0));
    if (!weight)
      return LogicalResult(op->emitOpError("expects operands that are constants"));
    Value result = constants.materialize(emitter, op, compress::expand(*weight));
    if (!result)
      return failure();
    emitter.set(op->getResult(0), result);
    return success();
  };
  table.add(compress::DequantizeOp::getOperationName(), expand);
  table.add(compress::DecodeSparseOp::getOperationName(), expand);
  auto results = table.lowerBlock(e, old.getBody().front());
  if (failed(results) || e.hasFailed())
    return failure();
  SmallVector<Value> returned;
  e.setLoc(old.getLoc());
  for (auto [value, type] : llvm::zip(*results, old.getResultTypes()))
    returned.push_back(castToBoundary(e, value, type));
  func::ReturnOp::create(e, returned);
  constants.dropUnused();
  old->getBlock()->getOperations().insert(old->getIterator(), func);
  old.erase();
  return success();
}

namespace {
struct LowerToLinalgPass : retort::impl::LowerToLinalgPassBase<LowerToLinalgPass> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    WeightTable weights(module);
    for (auto func : llvm::make_early_inc_range(module.getOps<func::FuncOp>()))
      if (!func.isExternal() && failed(FunctionLowering(func, weights).run()))
        return signalPassFailure();
    weights.write(module);
  }
};
} // namespace
