// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Lowers the onnx, llm and compress dialects to linalg on tensors, function by function.
//   %y = onnx.Add(%x, %w)   ->   %y = linalg.generic { arith.addf } (%x, %w)
#include "dialects/Compress/WeightExpression.h"
#include "dialects/Fused/Fused.h"
#include "dialects/Onnx/Shape/SymbolicDims.h"
#include "lib/Lower/Constants.h"
#include "lib/Lower/Lowering.h"
#include "lib/Lower/NarrowFloat.h"
#include "lib/Lower/Passes.h"

#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"

namespace retort {
#define GEN_PASS_DEF_LOWERTOLINALGPASS
#include "lib/Lower/LowerToLinalg.h.inc"
} // namespace retort

using namespace mlir;
using namespace retort;

/// Elements that code can only hold as bytes: narrower ones, but bool, and floats of a byte.
static bool isHeldAsByte(Type element) {
  return !element.isInteger(1) && element.isIntOrFloat() &&
         (element.getIntOrFloatBitWidth() < 8 || isNarrowFloat(element));
}

/// The type that a value has as an argument or a result of a function.
static Type boundaryType(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!tensor || !isHeldAsByte(tensor.getElementType()))
    return type;
  return tensor.clone(storageType(tensor.getElementType()));
}

/// The result of a lowered function has the type that the model declares, with its sizes where only
/// that knows them.
Value retort::castToBoundary(Emitter &e, Value value, Type type) {
  auto declared = cast<RankedTensorType>(boundaryType(type));
  RankedTensorType held = declared.clone(storageType(declared.getElementType()));
  (void)e.refine(held, e.dims(value)); // the cast claims the declared sizes
  Value result = e.castTo(value, held);
  return held == declared ? result : tensor::BitcastOp::create(e, declared, result).getResult();
}

namespace {
/// Rebuilds one function.
class FunctionLowering {
public:
  FunctionLowering(func::FuncOp old, WeightTable &weights, bool packWeights, bool fuseAttention)
      : old(inferred(old, dims)), packWeights(packWeights), fuseAttention(fuseAttention),
        func(func::FuncOp::create(old.getLoc(), old.getName(), signature(old))), weights(weights),
        constants(func, weights) {}
  ~FunctionLowering() {
    if (func && !func->getParentOp())
      func.erase();
  }
  LogicalResult run();

private:
  static func::FuncOp inferred(func::FuncOp function, onnx::SymbolicDims &dims);
  static FunctionType signature(func::FuncOp old);
  bool sameDim(Value a, unsigned i, Value b, unsigned j);
  bool isSizeOf(Value list, unsigned i, Value tensor, unsigned axis);
  void shareNamedSizes(Emitter &emitter);
  LogicalResult checkTypes();
  void markElements();
  void placeDefaults();
  void lowerArguments(Emitter &emitter);
  void tellEmitter(Emitter &emitter);
  void returnResults(Emitter &emitter, ArrayRef<Value> results);

  onnx::SymbolicDims dims;
  func::FuncOp old;
  bool packWeights, fuseAttention;
  func::FuncOp func;
  WeightTable &weights;
  Constants constants;
};
} // namespace

/// What is impossible is told by the operation that is asked for it.
func::FuncOp FunctionLowering::inferred(func::FuncOp function, onnx::SymbolicDims &dims) {
  ScopedDiagnosticHandler silence(function.getContext(), [](Diagnostic &) { return success(); });
  dims.distrustDeclaredSizes();
  (void)dims.infer(function);
  return function;
}

/// Sizes that follow from those of the arguments. What a file declares of other values is no
/// reason.
bool FunctionLowering::sameDim(Value a, unsigned i, Value b, unsigned j) {
  auto x = dims.shape(a), y = dims.shape(b);
  return x && y && i < x->size() && j < y->size() && (*x)[i] == (*y)[j];
}

bool FunctionLowering::isSizeOf(Value list, unsigned i, Value tensor, unsigned axis) {
  auto contents = dims.contents(list);
  auto shape = dims.shape(tensor);
  return contents && shape && i < contents->elements.size() && axis < shape->size() &&
         contents->elements[i] == (*shape)[axis];
}

/// Sizes of arguments that have one name are one: this is checked before anything relies on it.
void FunctionLowering::shareNamedSizes(Emitter &e) {
  llvm::StringMap<Value> known;
  for (auto [index, before] : llvm::enumerate(old.getArguments())) {
    auto names = old.getArgAttrOfType<ArrayAttr>(index, "onnx.dims");
    auto type = cast<RankedTensorType>(before.getType());
    if (!names || int64_t(names.size()) != type.getRank())
      continue;
    SmallVector<Value> sizes = e.dims(e.get(before));
    for (auto [axis, size] : llvm::enumerate(sizes)) {
      auto name = dyn_cast<StringAttr>(names[axis]);
      if (!name || name.empty() || !type.isDynamicDim(axis))
        continue;
      auto [first, isNew] = known.try_emplace(name.getValue(), size);
      if (isNew)
        continue;
      cf::AssertOp::create(e, e.equal(size, first->second),
                           "inputs differ in the size '" + name.str() + "'");
      size = first->second;
    }
    e.setDims(e.get(before), sizes);
  }
}

FunctionType FunctionLowering::signature(func::FuncOp old) {
  auto all = [](TypeRange types) { return llvm::map_to_vector(types, boundaryType); };
  return FunctionType::get(old.getContext(), all(old.getArgumentTypes()),
                           all(old.getResultTypes()));
}

/// Says what the bytes of an argument or a result stand for.
void FunctionLowering::markElements() {
  auto elementOf = [](Type type) {
    return boundaryType(type) == type
               ? TypeAttr()
               : TypeAttr::get(cast<RankedTensorType>(type).getElementType());
  };
  for (auto [i, type] : llvm::enumerate(old.getArgumentTypes()))
    if (TypeAttr element = elementOf(type))
      func.setArgAttr(i, elementMark, element);
  for (auto [i, type] : llvm::enumerate(old.getResultTypes()))
    if (TypeAttr element = elementOf(type))
      func.setResultAttr(i, elementMark, element);
}

/// Defaults of inputs lie among the weights.
void FunctionLowering::placeDefaults() {
  for (unsigned i = 0; i < old.getNumArguments(); ++i)
    if (auto value = old.getArgAttrOfType<ElementsAttr>(i, "onnx.default")) {
      for (StringRef name : {"onnx.default", "onnx.default_position", "onnx.default_encoding"})
        func.removeArgAttr(i, name);
      func.setArgAttr(i, defaultMark,
                      Builder(func.getContext()).getI64IntegerAttr(weights.indexOf(value)));
    }
}

/// What no lowering can hold: values without a rank, strings, sequences.
LogicalResult FunctionLowering::checkTypes() {
  for (auto [i, type] : llvm::enumerate(old.getArgumentTypes())) {
    auto tensor = dyn_cast<RankedTensorType>(type);
    if (tensor && isComputable(tensor.getElementType()))
      continue;
    auto name = old.getArgAttrOfType<StringAttr>(i, "onnx.name");
    return old.emitError() << "input " << (name ? "'" + name.str() + "'" : llvm::utostr(i))
                           << " of type " << type << " cannot be compiled to CPU code";
  }
  return success();
}

void FunctionLowering::lowerArguments(Emitter &e) {
  for (auto [before, after] : llvm::zip(old.getArguments(), func.getArguments())) {
    auto type = cast<RankedTensorType>(after.getType());
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

/// Results have the types that the model declares.
void FunctionLowering::returnResults(Emitter &e, ArrayRef<Value> results) {
  SmallVector<Value> returned;
  e.setLoc(old.getLoc());
  Operation *end = old.getBody().front().getTerminator();
  for (auto [value, original] : llvm::zip(results, end->getOperands())) {
    Operation *made = original.getDefiningOp();
    Emitter::Entered entered(e, made ? made : end);
    returned.push_back(castToBoundary(e, value, original.getType()));
  }
  func::ReturnOp::create(e, returned);
}

/// Whether operations of this name say how a weight is stored.
static bool isStored(OperationName name) {
  return isa_and_nonnull<compress::CompressDialect>(name.getDialect()) &&
         name.getStringRef() != compress::FakeQuantizeOp::getOperationName();
}

/// What lowerings ask of this function.
void FunctionLowering::tellEmitter(Emitter &e) {
  e.sameDim = [&](Value a, unsigned i, Value b, unsigned j) { return sameDim(a, i, b, j); };
  e.isSizeOf = [&](Value list, unsigned i, Value tensor, unsigned axis) {
    return isSizeOf(list, i, tensor, axis);
  };
  if (packWeights)
    e.packedWeight = [&](const WeightMatrix &weight) { return constants.packed(e, weight); };
  e.fusesAttention = fuseAttention;
}

LogicalResult FunctionLowering::run() {
  if (failed(checkTypes()))
    return failure();
  FunctionType type = func.getFunctionType();
  func->setAttrs(old->getAttrs());
  func.setFunctionType(type);
  markElements();
  placeDefaults();
  Block *entry = func.addEntryBlock();
  Emitter e(func);
  e.setInsertionPointToStart(entry);
  lowerArguments(e);
  shareNamedSizes(e);
  tellEmitter(e);
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
  for (RegisteredOperationName name : old.getContext()->getRegisteredOperations())
    if (isStored(name))
      table.add(name.getStringRef(), expand);
  auto results = table.lowerBlock(e, old.getBody().front());
  if (failed(results) || e.hasFailed())
    return failure();
  returnResults(e, *results);
  constants.dropUnused();
  reportMissed(e.declined, "lower-to-linalg", "lower");
  old->getBlock()->getOperations().insert(old->getIterator(), func);
  old.erase();
  return success();
}

namespace {
struct LowerToLinalgPass : retort::impl::LowerToLinalgPassBase<LowerToLinalgPass> {
  using Base::Base;
  void runOnOperation() override {
    ModuleOp module = getOperation();
    WeightTable weights(module);
    for (auto func : llvm::make_early_inc_range(module.getOps<func::FuncOp>()))
      if (!func.isExternal() &&
          failed(FunctionLowering(func, weights, packWeights, fuseAttention).run()))
        return signalPassFailure();
    weights.write(module);
  }
};
} // namespace
