// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Folding of constants by the reference evaluator.
#include "lib/Simplify/Simplifications.h"

#include "dialects/Compress/WeightForm.h"
#include "dialects/Onnx/Evaluate/Evaluate.h"
#include "dialects/Onnx/Schema/TypedOp.h"
#include "dialects/Onnx/ValueNames.h"
#include "dialects/Onnx/Weights.h"

using namespace mlir;
using namespace retort;

/// What a value of an unknown size is taken for: as large as a small constant gets.
static constexpr int64_t unknownBytes = 1024;

static int64_t bytesOf(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  return tensor && tensor.hasStaticShape() && onnx::elementBits(tensor.getElementType())
             ? onnx::encodedBytes(tensor)
             : -1;
}

static bool isConstant(Value value) {
  return value.getDefiningOp() && value.getDefiningOp()->getNumOperands() == 0 &&
         onnx::ConstantView::of(value).has_value();
}

/// Whether all that reads a constant takes parts of it that together are no larger: each expert its
/// own matrix.
static bool becomesParts(Value constant) {
  int64_t bytes = 0;
  for (Operation *user : constant.getUsers()) {
    if (!isa<onnx::Evaluation>(user) || !llvm::all_of(user->getOperands(), isConstant))
      return false;
    for (Value result : user->getResults()) {
      int64_t part = bytesOf(result.getType());
      if (part < 0)
        return false;
      bytes += part;
    }
  }
  return bytes <= bytesOf(constant.getType());
}

static bool isWorthFolding(Operation *op, FoldLimits limits) {
  int64_t operandBytes = 0, resultBytes = 0;
  for (Value result : op->getResults()) {
    int64_t bytes = bytesOf(result.getType());
    resultBytes += bytes < 0 ? unknownBytes : bytes;
  }
  for (Value operand : op->getOperands()) {
    int64_t bytes = bytesOf(operand.getType());
    // The weight stays for its other users: what is made of it is a copy.
    if (!limits.foldWeights && onnx::isLarge(bytes) && !operand.hasOneUse() &&
        onnx::isLarge(resultBytes) && !becomesParts(operand))
      return false;
    operandBytes += bytes;
  }
  return resultBytes <= limits.maxBytes || resultBytes <= operandBytes;
}

/// A declared type that the evaluator does not agree with; an unknown one agrees.
static bool contradicts(Type declared, Type computed) {
  return isa<IntegerType, FloatType>(declared) && declared != computed;
}

/// Whether the constant may be a weight: people choose those by name.
static bool mayBeWeight(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  return tensor && tensor.getRank() >= 2 && isa<FloatType>(tensor.getElementType());
}

/// The names of the constants that `op` is made of, and of those that these were made of.
static ArrayAttr sourceNames(Operation *op) {
  SmallVector<Attribute> names;
  for (Value operand : op->getOperands()) {
    Operation *constant = operand.getDefiningOp();
    auto before = constant ? constant->getAttrOfType<ArrayAttr>(onnx::sourcesKey) : ArrayAttr();
    StringRef name = onnx::valueName(operand);
    if (before)
      llvm::append_range(names, before);
    else if (!name.empty() && isa<FloatType>(getElementTypeOrSelf(operand.getType())) &&
             cast<ShapedType>(operand.getType()).getNumElements() > 1)
      names.push_back(StringAttr::get(op->getContext(), name));
  }
  return names.empty() ? ArrayAttr() : ArrayAttr::get(op->getContext(), names);
}

/// A constant in the place of `result`. What may be a weight is called as the model calls the
/// result; where that has no name, after what it is made of.
static Value makeConstantOp(RewriterBase &rewriter, Value result, const onnx::Tensor &tensor) {
  Operation *op = result.getDefiningOp();
  std::string name = onnx::valueName(result).str();
  ArrayAttr sources = mayBeWeight(result.getType()) ? sourceNames(op) : ArrayAttr();
  if (name.empty() && sources)
    name = (cast<StringAttr>(sources[0]).getValue() + "_folded").str();
  if (name.empty() || !mayBeWeight(result.getType())) {
    ElementsAttr value = tensor.attribute("folded");
    OperationState state(op->getLoc(), onnx::ConstantOp::getOperationName());
    state.addTypes(value.getType());
    state.addAttribute("value", value);
    return rewriter.create(state)->getResult(0);
  }
  ElementsAttr value = tensor.attribute(name);
  auto constant =
      onnx::InitializerOp::create(rewriter, op->getLoc(), value.getType(), name, value, {});
  if (sources)
    constant->setDiscardableAttr(onnx::sourcesKey, sources);
  return constant;
}

static Replacement foldSizes(RewriterBase &rewriter, Operation *op, onnx::SymbolicDims &dims) {
  if (op->getNumResults() != 1 || op->getNumRegions() != 0)
    return std::nullopt;
  auto type = dyn_cast<RankedTensorType>(op->getResult(0).getType());
  auto constants = dims.constants(op->getResult(0));
  if (!constants || !type)
    return std::nullopt;
  onnx::Tensor tensor = onnx::Tensor::ints(op->getContext(), *constants)
                            .reshaped(dims.contents(op->getResult(0))->shape)
                            .cast(type.getElementType());
  if (!tensor)
    return std::nullopt;
  return SmallVector<Value>{makeConstantOp(rewriter, op->getResult(0), tensor)};
}

Replacement retort::foldConstants(RewriterBase &rewriter, Operation *op, onnx::SymbolicDims &dims,
                                  FoldLimits limits) {
  bool isKnown = onnx::schemaOf(op->getName()) || isa<onnx::Evaluation>(op);
  if (isa<onnx::ConstantOp>(op) || !isKnown || op->getNumResults() == 0)
    return std::nullopt;
  if (!limits.foldWeights && compress::isKeptFromFolding(op))
    return std::nullopt;
  if (Replacement sizes = foldSizes(rewriter, op, dims))
    return sizes;
  if (!isa<onnx::Evaluation>(op) || op->getNumOperands() == 0 ||
      !llvm::all_of(op->getOperands(), isConstant) || !isWorthFolding(op, limits))
    return std::nullopt;
  SmallVector<onnx::Tensor> inputs;
  for (Value slot : onnx::operandSlots(op)) {
    inputs.push_back(slot ? onnx::Tensor::of(slot.getDefiningOp()->getAttr("value"))
                          : onnx::Tensor());
    if (slot && !inputs.back())
      return std::nullopt;
  }
  int64_t largest = limits.maxBytes;
  for (Value operand : op->getOperands())
    largest = std::max(largest, bytesOf(operand.getType()));
  onnx::SizeLimit limit(largest);
  onnx::Evaluated results = onnx::evaluate(op, inputs);
  if (failed(results))
    return std::nullopt;
  SmallVector<Value> replacement;
  Value any;
  for (auto [slot, tensor] : llvm::zip(onnx::resultSlots(op), *results)) {
    if (!slot)
      continue;
    bool fits = tensor && !contradicts(getElementTypeOrSelf(slot.getType()), tensor.element());
    if (!fits && !slot.use_empty())
      return std::nullopt;
    replacement.push_back(fits ? makeConstantOp(rewriter, slot, tensor) : Value());
    any = any ? any : replacement.back();
  }
  if (!any || replacement.size() != op->getNumResults())
    return std::nullopt;
  // What nobody uses needs no value of its own.
  for (Value &value : replacement)
    value = value ? value : any;
  return replacement;
}
