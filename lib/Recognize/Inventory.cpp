// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Recognize/Inventory.h"

#include "lib/Analysis/Flow.h"
#include "lib/Analysis/Roles.h"
#include "lib/Recognize/FusedAttention.h"
#include "lib/Recognize/NormMatch.h"
#include "lib/Recognize/RetentionMatch.h"
#include "lib/Recognize/RopeMatch.h"
#include "lib/Recognize/WrittenAttention.h"

#include "dialects/Compress/WeightForm.h"
#include "dialects/Onnx/Onnx.h"
#include "dialects/Onnx/Weights.h"

#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace retort;

StringRef retort::nameOf(CacheKind kind) {
  switch (kind) {
  case CacheKind::None:
    return "none";
  case CacheKind::Appended:
    return "appended";
  case CacheKind::Buffer:
    return "buffer";
  case CacheKind::State:
    return "state";
  }
  llvm_unreachable("a kind without a name");
}

static void readModelFields(ModuleOp module, Inventory &inventory) {
  auto model = module->getAttrOfType<onnx::MessageAttr>("onnx.model");
  if (!model)
    return;
  inventory.producer = model.getString("producer_name").str();
  if (StringRef version = model.getString("producer_version"); !version.empty())
    inventory.producer += " " + version.str();
  if (auto version = dyn_cast_or_null<IntegerAttr>(model.get("ir_version")))
    inventory.irVersion = version.getInt();
  for (NamedAttribute field : model.getFields())
    if (auto entry = dyn_cast<onnx::MessageAttr>(field.getValue());
        entry && field.getName() == "opset_import")
      if (auto version = dyn_cast_or_null<IntegerAttr>(entry.get("version")))
        inventory.opsets.push_back({entry.getString("domain").str(), version.getInt()});
}

static ModelValue describe(Type type, DictionaryAttr attributes) {
  ModelValue value;
  auto text = [&](StringRef name) {
    auto attribute = attributes ? attributes.getAs<StringAttr>(name) : StringAttr();
    return attribute ? attribute.str() : std::string();
  };
  value.name = text("onnx.name");
  value.role = text(roleAttribute);
  value.hasDefault = attributes && attributes.contains("onnx.default");
  llvm::raw_string_ostream(value.type) << getElementTypeOrSelf(type);
  auto dims = attributes ? attributes.getAs<ArrayAttr>("onnx.dims") : ArrayAttr();
  if (auto tensor = dyn_cast<RankedTensorType>(type))
    for (auto [axis, size] : llvm::enumerate(tensor.getShape())) {
      auto name = dims && axis < dims.size() ? dyn_cast<StringAttr>(dims[axis]) : StringAttr();
      value.shape.push_back(!ShapedType::isDynamic(size) ? std::to_string(size)
                            : name && !name.empty()      ? name.str()
                                                         : "?");
    }
  return value;
}

static void readInterface(func::FuncOp function, Inventory &inventory) {
  for (auto [i, type] : llvm::enumerate(function.getArgumentTypes()))
    inventory.inputs.push_back(describe(type, function.getArgAttrDict(i)));
  for (auto [i, type] : llvm::enumerate(function.getResultTypes()))
    inventory.outputs.push_back(describe(type, function.getResultAttrDict(i)));
}

/// The first cache speaks for all.
static CacheKind findCache(func::FuncOp function) {
  for (BlockArgument argument : function.getArguments()) {
    if (!roleOfArgument(function, argument.getArgNumber()).starts_with("past:"))
      continue;
    bool appended = false;
    for (OpOperand *use : usesReached(argument, carry)) {
      if (isa<onnx::TensorScatterOp, onnx::ScatterNDOp, onnx::ScatterElementsOp>(use->getOwner()))
        return CacheKind::Buffer;
      appended |= isa<onnx::ConcatOp, llm::AttentionOp, onnx::AttentionOp>(use->getOwner());
    }
    return appended ? CacheKind::Appended : CacheKind::State;
  }
  return CacheKind::None;
}

static void countAttention(Operation *op, Samples &samples, MaskForms &forms, Count &count) {
  auto miss = [&](StringRef reason) {
    ++count.all;
    count.missed.push_back(reason.str());
  };
  if (isa<llm::AttentionOp>(op)) {
    ++count.found;
    ++count.all;
  } else if (auto fused = fusedAttention(op)) {
    miss(fused->find(samples, forms).reason);
  } else if (isa<onnx::SoftmaxOp>(op)) {
    if (WrittenAttention written = findAttention(op, samples, forms); written.isAttention)
      miss(written.why.reason);
  }
}

/// Recurrences: what carries something from one row of the text to the next. One of which the state
/// alone is used counts with the retention that starts from it.
static void countRetention(Operation *op, Count &count) {
  auto retention = dyn_cast<llm::RetentionOp>(op);
  bool found = retention && !retention.getResult().use_empty();
  std::string reason;
  if (isa<onnx::LinearAttentionOp>(op) ||
      op->getName().getStringRef() == "onnx.com.microsoft.LinearAttention")
    reason = whyNoRetention(op).reason;
  else if (auto scan = dyn_cast<onnx::ScanOp>(op);
           scan && scan->getNumOperands() > size_t(scan.getNumScanInputs()))
    reason = "a Scan of another form";
  else if (auto loop = dyn_cast<onnx::LoopOp>(op); loop && !loop.getVInitial().empty())
    reason = "a Loop of another form";
  if (!found && reason.empty())
    return;
  ++count.all;
  count.found += found;
  if (!found)
    count.missed.push_back(reason);
}

static void countNorms(Operation *op, Inventory &inventory) {
  bool rms = isa<llm::RmsNormOp>(op), layer = isa<onnx::LayerNormalizationOp>(op);
  if (rms || layer) {
    Count &count = rms ? inventory.rmsNorms : inventory.layerNorms;
    ++count.found;
    ++count.all;
  } else if (isa<onnx::RMSNormalizationOp, onnx::SimplifiedLayerNormalizationOp,
                 onnx::MicrosoftSkipSimplifiedLayerNormalizationOp>(op)) {
    ++inventory.rmsNorms.all;
    inventory.rmsNorms.missed.push_back((op->getName().getStringRef() + " stays as it is").str());
  } else if (isa<onnx::MicrosoftSkipLayerNormalizationOp, onnx::MicrosoftEmbedLayerNormalizationOp>(
                 op)) {
    ++inventory.layerNorms.all;
    inventory.layerNorms.missed.push_back((op->getName().getStringRef() + " stays as it is").str());
  } else if (NormSearch search = searchNorm(op); search.isNorm) {
    Count &count = search.match.centered ? inventory.layerNorms : inventory.rmsNorms;
    ++count.all;
    count.missed.push_back(search.why.empty() ? "it has another type than its input"
                                              : search.why.reason);
  }
}

namespace {
/// Layers share their tables: what was described once is counted.
class RopeCounter {
public:
  RopeCounter(Samples &samples, Inventory &inventory) : samples(samples), inventory(inventory) {}
  void count(llm::RopeOp op);

private:
  unsigned groupOf(llm::RopeOp op);

  Samples &samples;
  Inventory &inventory;
  std::vector<std::pair<llm::RopeOp, unsigned>> known; // and their places in the inventory
};
} // namespace

void RopeCounter::count(llm::RopeOp op) {
  auto alike = llvm::find_if(known, [&](auto &each) {
    llm::RopeOp other = each.first;
    return other.getCos() == op.getCos() && other.getSin() == op.getSin() &&
           other.getPositions() == op.getPositions() &&
           other.getInterleaved() == op.getInterleaved() &&
           other.getInput().getType() == op.getInput().getType();
  });
  unsigned group = alike == known.end() ? groupOf(op) : alike->second;
  if (alike == known.end())
    known.push_back({op, group});
  ++inventory.ropes[group].count;
}

unsigned RopeCounter::groupOf(llm::RopeOp op) {
  RopeGroup group;
  Refusal refusal;
  if (auto rope = describeRope(op, samples, refusal); succeeded(rope))
    group.rope = *rope;
  else
    group.reason = refusal.reason;
  for (auto [i, other] : llvm::enumerate(inventory.ropes))
    if (other.reason == group.reason && other.rope == group.rope)
      return i;
  inventory.ropes.push_back(std::move(group));
  return inventory.ropes.size() - 1;
}

/// Constants of rank 0 and of integers are parameters of operations, unless they are codes.
static void countWeight(Operation *constant, llvm::DenseSet<Attribute> &seen,
                        Inventory &inventory) {
  auto value = constant->getAttrOfType<ElementsAttr>("value");
  auto type = value ? dyn_cast<RankedTensorType>(value.getType()) : RankedTensorType();
  if (!type || type.getRank() == 0 || !onnx::elementBits(type.getElementType()) ||
      !seen.insert(value).second)
    return;
  bool areCodes = false, serves = !constant->use_empty();
  int64_t bits = 0; // of one packed code
  for (OpOperand &use : constant->getUses()) {
    auto known = compress::constantUse(use);
    serves &= known && !known->isCodes;
    areCodes |= known && known->isCodes;
    bits = known && known->isCodes ? known->packedBits : bits;
  }
  if (!isa<FloatType>(type.getElementType()) && !areCodes && !serves)
    return;
  std::string name;
  llvm::raw_string_ostream(name) << type.getElementType();
  WeightGroup &group = inventory.weights[name];
  ++group.tensors;
  group.elements += type.getNumElements();
  group.bytes += onnx::encodedBytes(type);
  if (!serves)
    inventory.parameters += bits ? type.getNumElements() * 8 / bits : type.getNumElements();
}

Inventory retort::takeInventory(ModuleOp module) {
  Inventory inventory;
  readModelFields(module, inventory);
  for (auto function : module.getOps<func::FuncOp>()) {
    if (function.isExternal() || !function.isPublic())
      continue;
    Samples samples(function);
    MaskForms forms(samples);
    readInterface(function, inventory);
    inventory.cache = findCache(function);
    llvm::DenseSet<Attribute> seen;
    RopeCounter ropes(samples, inventory);
    function.walk([&](Operation *op) {
      if (auto rope = dyn_cast<llm::RopeOp>(op))
        ropes.count(rope);
      else if (isa<onnx::InitializerOp, onnx::ConstantOp>(op))
        countWeight(op, seen, inventory);
      else if (Refusal why = whyNoRope(op); !why.empty())
        inventory.missedRopes.push_back(why.reason);
      countAttention(op, samples, forms, inventory.attention);
      countRetention(op, inventory.retention);
      countNorms(op, inventory);
    });
    for (const RopeMiss &miss : searchRopes(function, samples).missed)
      inventory.missedRopes.push_back(miss.why.reason);
    break; // the model's graph is the first
  }
  return inventory;
}
