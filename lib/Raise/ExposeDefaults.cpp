// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Makes arguments of the initializers that a caller may replace.
//   func.func @main(%x) { %a = onnx.initializer "a" dense<1.0> ; onnx.Add(%x, %a) }  // inputs x, a
//   ==>
//   func.func @main(%x, %a {onnx.default = dense<1.0>}) { onnx.Add(%x, %a) }
#include "dialects/Onnx/Onnx.h"
#include "dialects/Onnx/Schema/Schema.h"
#include "lib/Import/ValueType.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/Pass.h"

namespace retort {
#define GEN_PASS_DECL
#define GEN_PASS_DEF_EXPOSEDEFAULTSPASS
#include "lib/Raise/ExposeDefaults.h.inc"
} // namespace retort

using namespace mlir;
using namespace retort;
using namespace retort::onnx;

/// From here on the standard lets callers replace what is listed among the inputs.
static constexpr int64_t firstReplaceable = 4;

static int64_t irVersion(ModuleOp module) {
  auto model = module->getAttrOfType<MessageAttr>("onnx.model");
  auto version = model ? dyn_cast_or_null<IntegerAttr>(model.get("ir_version")) : IntegerAttr();
  return version ? version.getInt() : 0;
}

/// The name that the standard gives the operation, without its domain.
static StringRef kindOf(Operation *op) {
  if (auto node = dyn_cast<NodeOp>(op))
    return node.getOpType();
  const Schema *schema = schemaOf(op->getName());
  return schema ? StringRef(schema->name) : "";
}

/// Whether the operation multiplies with the operand, or looks rows up in it.
static bool readsAsWeight(OpOperand &use) {
  unsigned slot = use.getOperandNumber();
  return llvm::StringSwitch<bool>(kindOf(use.getOwner()))
      .Cases({"MatMul", "FusedMatMul", "MatMulInteger", "Einsum"}, true)
      .Cases({"Gemm", "FusedGemm"}, slot < 2)
      .Cases({"Conv", "ConvTranspose", "ConvInteger", "FusedConv", "DeformConv"}, slot == 1)
      .Cases({"MatMulNBits", "MatMulIntegerToFloat", "DynamicQuantizeMatMul"}, slot > 0)
      .Cases({"QLinearMatMul", "QLinearConv"}, slot >= 3)
      .Cases({"LSTM", "GRU", "RNN", "DynamicQuantizeLSTM"}, slot == 1 || slot == 2)
      .Cases({"Gather", "GatherBlockQuantized"}, slot == 0)
      .Cases({"Attention", "QAttention"}, slot == 1 && use.get().getDefiningOp<InitializerOp>())
      .Case("EmbedLayerNormalization", slot >= 2 && slot <= 4)
      .Default(false);
}

namespace {
/// The listed initializers of one function.
class Defaults {
public:
  Defaults(func::FuncOp function, int64_t version) : function(function), version(version) {}
  void expose();

private:
  struct Candidate {
    InitializerOp constant;
    MessageAttr info;
    unsigned place; // among the arguments
  };
  void collect(MessageAttr graph);
  void findListed();
  bool isConstant(Value value);
  bool isWeight(Value value);
  bool mustStay(Candidate candidate);
  Type argumentType(Candidate candidate, SmallVectorImpl<Attribute> &dims);
  void makeArgument(Candidate candidate, unsigned place, int64_t position);

  func::FuncOp function;
  int64_t version;
  SmallVector<Candidate> candidates;
  llvm::DenseMap<Operation *, int64_t> positions; // among the initializers of the file
  llvm::DenseMap<Value, bool> constants;
  /// Whether some are weights; whether this is an export that lists whatever it has, of which no
  /// caller means to replace anything.
  bool listsWeights = false, listsAll = false;
};
} // namespace

void Defaults::collect(MessageAttr graph) {
  llvm::StringMap<InitializerOp> byName;
  for (auto constant : function.getOps<InitializerOp>()) {
    positions[constant] = positions.size();
    byName[constant.getName()] = constant;
  }
  unsigned place = 0;
  for (NamedAttribute field : graph.getFields()) {
    auto info = dyn_cast<MessageAttr>(field.getValue());
    if (!info || field.getName() != "input")
      continue;
    if (InitializerOp constant = byName.lookup(info.getString("name")))
      candidates.push_back({constant, info, place});
    else
      ++place;
  }
}

/// Whether constants alone make the value, with their defaults.
bool Defaults::isConstant(Value value) {
  Operation *op = value.getDefiningOp();
  if (!op)
    return false;
  auto [known, isNew] = constants.try_emplace(value, isa<InitializerOp, ConstantOp>(op));
  if (!isNew || known->second)
    return known->second;
  bool result = llvm::all_of(op->getOperands(), [&](Value operand) { return isConstant(operand); });
  constants[value] = result;
  return result;
}

/// Whether a product reads the value, or what operations on constants make of it.
bool Defaults::isWeight(Value value) {
  SmallVector<Value> stack{value};
  llvm::DenseSet<Value> seen{value};
  while (!stack.empty())
    for (OpOperand &use : stack.pop_back_val().getUses()) {
      Operation *user = use.getOwner();
      bool folds = user->getNumResults() && isConstant(user->getResult(0));
      if (!folds && readsAsWeight(use))
        return true;
      for (Value result : folds ? ValueRange(user->getResults()) : ValueRange())
        if (seen.insert(result).second)
          stack.push_back(result);
    }
  return false;
}

/// The declared type, where the default fits it; of a value of unknown rank, that of the default.
Type Defaults::argumentType(Candidate candidate, SmallVectorImpl<Attribute> &dims) {
  auto type = cast<RankedTensorType>(candidate.constant.getResult().getType());
  Type declared = valueType(function.getContext(), candidate.info, &dims);
  if (isa<UnrankedTensorType>(declared))
    return dims.clear(), Type(type);
  auto ranked = cast<RankedTensorType>(declared);
  bool fits = ranked.getElementType() == type.getElementType() &&
              succeeded(verifyCompatibleShape(ranked, type));
  return fits ? declared : Type();
}

bool Defaults::mustStay(Candidate candidate) {
  SmallVector<Attribute> dims;
  auto type = dyn_cast_or_null<RankedTensorType>(argumentType(candidate, dims));
  if (!type || isa<StringType>(type.getElementType()))
    return true;
  if (!type.hasStaticShape())
    return false;
  bool isParameter = listsAll || (listsWeights && isa<IntegerType>(type.getElementType()));
  // A factor that a caller may choose is no weight, but among listed weights it belongs to them.
  bool mayBeWeight = listsWeights || type.getNumElements() > 1;
  return isParameter || (mayBeWeight && isWeight(candidate.constant.getResult()));
}

void Defaults::makeArgument(Candidate candidate, unsigned place, int64_t position) {
  InitializerOp constant = candidate.constant;
  Builder builder(function.getContext());
  SmallVector<Attribute> dims;
  Type type = argumentType(candidate, dims);
  NamedAttrList attributes;
  attributes.append("onnx.default", constant.getValue());
  attributes.append("onnx.default_position", builder.getI64IntegerAttr(position));
  if (MessageAttr encoding = constant.getEncodingAttr())
    attributes.append("onnx.default_encoding", encoding);
  attributes.append("onnx.dims", builder.getArrayAttr(dims));
  attributes.append("onnx.name", constant.getNameAttr());
  (void)function.insertArgument(place, type, attributes.getDictionary(function.getContext()),
                                constant.getLoc());
  constant.getResult().replaceAllUsesWith(function.getArgument(place));
  constant.erase();
}

/// One listed weight may be meant to be replaced in vain; several, beside all else that the file
/// holds, are how some exporters write every model.
void Defaults::findListed() {
  llvm::DenseSet<Operation *> listed;
  unsigned weights = 0;
  for (Candidate candidate : candidates) {
    SmallVector<Attribute> dims;
    auto type = dyn_cast_or_null<RankedTensorType>(argumentType(candidate, dims));
    listed.insert(candidate.constant);
    weights += type && type.hasStaticShape() && type.getNumElements() > 1 &&
               isWeight(candidate.constant.getResult());
  }
  listsWeights = weights > 0;
  listsAll = weights > 1 && llvm::all_of(function.getOps<InitializerOp>(),
                                         [&](InitializerOp op) { return listed.contains(op); });
}

/// 1. What a product reads is looked for while all of them are constants.
/// 2. What a caller may replace becomes an argument, at its place among the inputs.
void Defaults::expose() {
  auto graph = function->getAttrOfType<MessageAttr>("onnx.graph");
  if (!graph)
    return;
  collect(graph);
  bool replaceable = version >= firstReplaceable;
  findListed();
  SmallVector<bool> stays;
  for (Candidate candidate : candidates)
    stays.push_back(!replaceable || mustStay(candidate));
  SmallVector<Attribute> fixed;
  unsigned made = 0;
  for (auto [candidate, stay] : llvm::zip_equal(candidates, stays)) {
    InitializerOp constant = candidate.constant;
    if (stay)
      fixed.push_back(constant.getNameAttr());
    else
      makeArgument(candidate, candidate.place + made++, positions.lookup(constant));
  }
  if (!fixed.empty())
    function->setAttr("onnx.fixed_inputs", ArrayAttr::get(function.getContext(), fixed));
}

namespace {
struct ExposeDefaultsPass : retort::impl::ExposeDefaultsPassBase<ExposeDefaultsPass> {
  void runOnOperation() override {
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (!function.isExternal())
        Defaults(function, irVersion(getOperation())).expose();
  }
};
} // namespace
