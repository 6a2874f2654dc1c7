// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Finds the lowering of each operation of a block.
#include "lib/Lower/Lowering.h"

#include "lib/Lower/Constants.h"
#include "lib/Lower/Fourier.h"

#include "dialects/Compress/Compress.h"
#include "dialects/Onnx/Verify/Verify.h"

#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"

using namespace mlir;
using namespace retort;

Lowering::Lowering() {
  addActivationLowerings(*this);
  addAttentionLowerings(*this);
  addBinaryLowerings(*this);
  addContractionLowerings(*this);
  addControlFlowLowerings(*this);
  addConversionLowerings(*this);
  addCreationLowerings(*this);
  addCumulativeLowerings(*this);
  addFakeQuantizeLowerings(*this);
  addGatherLowerings(*this);
  addMicrosoftLowerings(*this);
  addMovementLowerings(*this);
  addNormalizationLowerings(*this);
  addPoolLowerings(*this);
  addQuantizationLowerings(*this);
  addFourierLowerings(*this);
  addRecurrentLowerings(*this);
  addReductionLowerings(*this);
  addReshapeLowerings(*this);
  addResizeLowerings(*this);
  addRetentionLowerings(*this);
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
    auto text = [&](StringRef name) {
      auto attribute = op->getAttrOfType<StringAttr>(name);
      return attribute ? attribute.getValue() : StringRef();
    };
    // Raising has left the reason where it knew the operator.
    if (StringRef why = text("onnx.refused"); !why.empty())
      return op->emitError() << "operator '" << text("op_type") << "' of domain '" << text("domain")
                             << "' " << why;
    return op->emitError() << "unknown operator '" << text("op_type") << "' of domain '"
                           << text("domain") << "'";
  }
  return op->emitOpError("has no lowering to CPU code");
}

static bool isTarget(Operation *op) {
  return isa_and_nonnull<arith::ArithDialect, cf::ControlFlowDialect, math::MathDialect,
                         tensor::TensorDialect, linalg::LinalgDialect, scf::SCFDialect>(
      op->getDialect());
}

/// The bytes of a tensor, as far as its sizes are known and not 0: a lower bound, in f64 because it
/// may be larger than any integer.
static double leastBytes(RankedTensorType type) {
  double bytes = type.getElementTypeBitWidth() / 8.0;
  for (int64_t size : type.getShape())
    bytes *= ShapedType::isDynamic(size) ? 1.0 : double(std::max<int64_t>(size, 1));
  return bytes;
}

/// Numbers: no strings, sequences or complex numbers. Of floats of a byte or less the bits are
/// held; no operation of ONNX that takes them computes with them, but those that convert.
bool retort::isComputable(Type element) { return isa<FloatType>(element) || element.isInteger(); }

/// The name that the model gives to a value, quoted and with a space behind it, or nothing.
static std::string quotedName(Value value) {
  auto result = dyn_cast<OpResult>(value);
  if (!result) {
    auto argument = cast<BlockArgument>(value);
    auto function = dyn_cast<func::FuncOp>(argument.getOwner()->getParentOp());
    auto name = function
                    ? function.getArgAttrOfType<StringAttr>(argument.getArgNumber(), "onnx.name")
                    : StringAttr();
    return name ? "'" + name.str() + "' " : "";
  }
  auto name = result.getOwner()->getAttrOfType<StringAttr>("name"); // of a weight
  auto names = result.getOwner()->getAttrOfType<ArrayAttr>("onnx.outputs");
  if (names && result.getResultNumber() < names.size())
    name = dyn_cast<StringAttr>(names[result.getResultNumber()]);
  return name && !name.empty() ? "'" + name.str() + "' " : "";
}

/// Why the rank of a result is not known, where it is known why: behind the message.
static std::string whyUnranked(OpResult result) {
  auto branch = dyn_cast<onnx::IfOp>(result.getOwner());
  if (!branch || isa<RankedTensorType>(result.getType()))
    return "";
  SmallVector<Type> types;
  for (Region *region : {&branch.getThenBranch(), &branch.getElseBranch()})
    types.push_back(
        region->front().getTerminator()->getOperand(result.getResultNumber()).getType());
  std::string text;
  llvm::raw_string_ostream(text) << ": its branches give " << types[0] << " and " << types[1]
                                 << ", and its condition " << quotedName(branch.getCond())
                                 << "is not known";
  return text;
}

static bool isConstant(Operation *op) { return op->getNumOperands() == 0 && op->hasAttr("value"); }

/// Constants are checked where something reads them: the codes of a compressed weight may have
/// types of their own.
static LogicalResult checkOperands(Operation *op) {
  if (isa<compress::CompressDialect>(op->getDialect()))
    return success();
  for (Value operand : op->getOperands()) {
    Operation *made = operand.getDefiningOp();
    if (made && isConstant(made) && !isComputable(getElementTypeOrSelf(operand.getType())))
      return op->emitOpError() << "has an operand " << quotedName(operand) << "of type "
                               << operand.getType() << ", which cannot be compiled to CPU code";
  }
  return success();
}

/// No machine addresses more: what is larger only wraps around in the arithmetic of sizes.
static constexpr double addressable = double(uint64_t(1) << 47);

/// Loops over more axes are no model's; what is built for each axis grows with their square.
static constexpr int64_t mostAxes = 64;

/// What the lowering of an operation may rely on: results that are tensors with a rank, of numbers,
/// and of sizes that fit into an address space. How much memory the machine has on which a model
/// is compiled says nothing of the one where it runs.
static LogicalResult checkResults(Operation *op) {
  for (Value result : op->getResults()) {
    auto type = dyn_cast<RankedTensorType>(result.getType());
    if (type && isConstant(op))
      continue;
    if (isa<ShapedType>(result.getType()) && (!type || !isComputable(type.getElementType())))
      return op->emitOpError() << "has a result " << quotedName(result) << "of type "
                               << result.getType() << ", which cannot be compiled to CPU code"
                               << whyUnranked(cast<OpResult>(result));
    if (type && type.getRank() > mostAxes)
      return op->emitOpError() << "has a result of " << type.getRank() << " axes, and at most "
                               << mostAxes << " can be compiled";
    if (type && leastBytes(type) >= addressable)
      return op->emitOpError() << "has a result of type " << type
                               << ", larger than what memory can be addressed";
  }
  return success();
}

/// Whether code makes a large constant: of constants, as simplification has left it, or of how one
/// is kept.
static bool isLargeConstant(Emitter &e, Operation *op) {
  if (isConstant(op)) {
    auto value = dyn_cast<ElementsAttr>(op->getAttr("value"));
    return value && isComputedWhereRead(value);
  }
  if (op->getNumOperands() == 0 || op->getNumResults() != 1 || op->getNumRegions() != 0)
    return false;
  return onnx::isLarge(op->getResult(0).getType()) &&
         llvm::all_of(op->getOperands(), [&](Value operand) {
           Operation *made = operand.getDefiningOp();
           return e.isDeferred(operand) || (made && isConstant(made));
         });
}

LogicalResult Lowering::lower(Emitter &e, Operation *op) const {
  Emitter::Entered entered(e, op);
  auto known = functions.find(op->getName().getStringRef());
  if (known == functions.end() && !lowersItself(op))
    return isTarget(op) ? keep(e, op) : reject(op);
  Function function = known == functions.end() ? Function(lowerByItself) : known->second;
  if (failed(onnx::verifyTaken(op)) || failed(checkOperands(op)) || failed(checkResults(op)))
    return failure();
  if (!isLargeConstant(e, op))
    return function(e, op);
  e.defer(op->getResult(0), [&e, op, function] {
    Emitter::Entered entered(e, op);
    return function(e, op);
  });
  return success();
}

FailureOr<SmallVector<Value>> Lowering::lowerBlock(Emitter &e, Block &block) const {
  for (Operation &op : block.without_terminator())
    if (failed(lower(e, &op)))
      return failure();
  return llvm::map_to_vector(block.getTerminator()->getOperands(),
                             [&](Value value) { return e.get(value); });
}
