// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Removes channels between products, heads, and groups of heads.
//
//   %h = onnx.Relu(onnx.MatMul(%x, %up)) : tensor<?x128xf32>
//   %y = onnx.MatMul(%h, %down) : (tensor<?x128xf32>, tensor<128x64xf32>) -> tensor<?x64xf32>
//   ==> compress-prune-structured{ratio=0.25}
//   %h = onnx.Relu(onnx.MatMul(%x, %up)) : tensor<?x96xf32>
//   %y = onnx.MatMul(%h, %down) : (tensor<?x96xf32>, tensor<96x64xf32>) -> tensor<?x64xf32>
#include "lib/Compress/PruneStructured/HeadGroups.h"
#include "lib/Compress/PruneStructured/UnitPruner.h"
#include "lib/Statistics/WeightStatistics.h"
#include "lib/Weights/Remark.h"

#include "dialects/Onnx/Shape/SymbolicDims.h"
#include "dialects/Onnx/ValueNames.h"

#include "mlir/Pass/Pass.h"

namespace retort {
#define GEN_PASS_DECL
#define GEN_PASS_DEF_PRUNESTRUCTUREDPASS
#include "lib/Compress/PruneStructured/PruneStructured.h.inc"
} // namespace retort

using namespace mlir;
using namespace retort;

namespace {
/// What may shrink: its weight that reads channels, or why it stays.
struct Candidate {
  LinearWeight *consumer = nullptr;
  std::optional<ChannelGroup> group;
  UnitChoice choice{"channels", 1, 0};
  std::string reason;
};

class Pruning {
public:
  Pruning(std::vector<LinearWeight> &weights, WeightStatistics &statistics,
          PruneStructuredOptions options);
  /// Each is an error where a weight is not finite.
  LogicalResult pruneHeads(ModuleOp module, std::optional<HeadUnit> unit);
  LogicalResult pruneNeurons();
  /// Says why what was selected stays as it is.
  void reportMissed();
  /// How many groups became smaller.
  int64_t pruned = 0;

private:
  std::string whyNot(const Candidate &candidate);
  Candidate neuronsOf(LinearWeight &weight);
  Candidate headsOf(llm::AttentionOp attention, HeadUnit unit);
  LogicalResult prune(Candidate &candidate);
  LinearWeight *find(Value constant) { return selected.lookup(constant); }

  std::vector<LinearWeight> &weights;
  WeightStatistics &statistics;
  PruneStructuredOptions options;
  llvm::DenseMap<Value, LinearWeight *> selected;
  llvm::DenseSet<LinearWeight *> changed;
  llvm::MapVector<LinearWeight *, std::string> missed;
};

struct PruneStructuredPass : retort::impl::PruneStructuredPassBase<PruneStructuredPass> {
  using Base::Base;
  LogicalResult checkOptions();
  LogicalResult prune();
  LogicalResult failNone(size_t selected);
  void runOnOperation() override;
};
} // namespace

Pruning::Pruning(std::vector<LinearWeight> &weights, WeightStatistics &statistics,
                 PruneStructuredOptions options)
    : weights(weights), statistics(statistics), options(std::move(options)) {
  for (LinearWeight &weight : weights)
    selected[weight.op->getResult(0)] = &weight;
}

/// Of a weight that is read by one product.
Candidate Pruning::neuronsOf(LinearWeight &weight) {
  Candidate result;
  result.consumer = &weight;
  SmallVector<WeightUse> uses = weight.uses();
  if (!weight.values.isPlain()) {
    result.reason = weight.values.isQuantized()
                        ? "quantized already"
                        : "is written as an expression: this method takes plain weights";
    return result;
  }
  if (uses.size() != 1 || uses.front().activationAxis < 0 ||
      uses.front().operand->get() != weight.op->getResult(0) ||
      !isa<onnx::MatMulOp, onnx::GemmOp, onnx::MicrosoftFusedMatMulOp, onnx::MicrosoftFusedGemmOp>(
          uses.front().op())) {
    result.reason = "is not read by one product";
    return result;
  }
  const WeightUse &use = uses.front();
  OpOperand &activation = use.op()->getOpOperand(use.operand->getOperandNumber() == 0 ? 1 : 0);
  auto type = dyn_cast<RankedTensorType>(activation.get().getType());
  int64_t size = type && use.activationAxis < type.getRank() ? type.getDimSize(use.activationAxis)
                                                             : ShapedType::kDynamic;
  if (size < 2) {
    result.reason = "its inputs are not known to be several";
    return result;
  }
  UnitSearch search(use.op()->getParentOfType<func::FuncOp>(), size);
  search.expectProduct(activation, use.operand->get(), use.inputAxis);
  search.join(activation.get(), {use.activationAxis, runsOfUnits(size, 1)});
  if (auto group = search.run())
    result.group = std::move(*group);
  else
    result.reason = llvm::toString(group.takeError());
  result.choice.kept = options.kept(size, options.multiple);
  return result;
}

Candidate Pruning::headsOf(llm::AttentionOp attention, HeadUnit unit) {
  Candidate result;
  Value consumer;
  auto heads = findHeads(attention, unit, consumer);
  result.consumer = consumer ? find(consumer) : nullptr;
  if (!heads) {
    result.reason = llvm::toString(heads.takeError());
    return result;
  }
  result.choice = {unit == HeadUnit::Group ? "kv_groups" : "heads", heads->parts,
                   options.kept(heads->channels.units / heads->parts)};
  result.group = std::move(heads->channels);
  return result;
}

/// Why a group that was found stays as it is; empty where it does not.
std::string Pruning::whyNot(const Candidate &candidate) {
  for (Value producer : candidate.group->producers)
    if (!find(producer))
      return "a weight that computes its inputs is not selected";
  if (StringRef lacks = whatLacks(statistics.recordOf(*candidate.consumer), *candidate.consumer);
      !lacks.empty())
    return lacks.str();
  const UnitChoice &choice = candidate.choice;
  int64_t units = candidate.group->units;
  if (choice.parts * choice.kept < units)
    return "";
  std::string all = "keeps all of its " + std::to_string(units);
  if (choice.word == "channels")
    return all + " channels, in multiples of " + std::to_string(options.multiple);
  return all + (choice.word == "heads" ? " heads" : " groups") +
         (choice.parts > 1 ? ", as many in each of " + std::to_string(choice.parts) + " groups"
                           : "");
}

LogicalResult Pruning::prune(Candidate &candidate) {
  if (candidate.group && candidate.consumer)
    candidate.reason = whyNot(candidate);
  if (!candidate.consumer)
    return success();
  LinearWeight &consumer = *candidate.consumer;
  if (!candidate.reason.empty()) {
    missed.insert({&consumer, candidate.reason});
    return success();
  }
  SmallVector<LinearWeight *> producers;
  for (Value producer : candidate.group->producers)
    producers.push_back(find(producer));
  if (failed(consumer.checkFinite()) ||
      llvm::any_of(producers, [](LinearWeight *each) { return failed(each->checkFinite()); }))
    return failure();
  pruneUnits(*candidate.group, candidate.choice, consumer, producers,
             *statistics.recordOf(consumer), options);
  ++pruned;
  changed.insert(&consumer);
  changed.insert_range(producers);
  return success();
}

LogicalResult Pruning::pruneNeurons() {
  for (LinearWeight &weight : weights)
    if (!changed.contains(&weight)) {
      Candidate candidate = neuronsOf(weight);
      if (failed(prune(candidate)))
        return failure();
    }
  return success();
}

/// Without a unit: groups, and heads where there is one group.
LogicalResult Pruning::pruneHeads(ModuleOp module, std::optional<HeadUnit> unit) {
  SmallVector<llm::AttentionOp> attentions;
  module.walk([&](llm::AttentionOp op) { attentions.push_back(op); });
  for (llm::AttentionOp attention : attentions) {
    auto type = cast<RankedTensorType>(attention.getKey().getType());
    Candidate candidate = headsOf(
        attention, unit.value_or(type.getDimSize(1) > 1 ? HeadUnit::Group : HeadUnit::Head));
    StringRef name = onnx::valueName(attention.getResult());
    if (!candidate.consumer && !candidate.reason.empty())
      weightMissed(attention.getLoc(), options.method, name.empty() ? "attention" : name)
          << remark::reason("{0}", candidate.reason);
    if (failed(prune(candidate)))
      return failure();
  }
  return success();
}

void Pruning::reportMissed() {
  for (auto &[weight, reason] : missed)
    if (!changed.contains(weight))
      weightMissed(weight->loc(), options.method, weight->name()) << remark::reason("{0}", reason);
}

LogicalResult PruneStructuredPass::checkOptions() {
  ModuleOp module = getOperation();
  if (!(ratio > 0 && ratio < 1))
    return module.emitError() << "expects 'ratio' in (0, 1), found " << shortNumber(ratio);
  if (!llvm::is_contained({"neurons", "heads", "kv-groups", "all"}, what.getValue()))
    return module.emitError() << "expects 'what' to be neurons, heads, kv-groups or all, found '"
                              << what << "'";
  if (!llvm::is_contained({"fluctuation", "residual", "magnitude"}, score.getValue()))
    return module.emitError() << "expects 'score' to be fluctuation, residual or magnitude, found '"
                              << score << "'";
  if (multiple < 1)
    return module.emitError() << "expects 'multiple' of 1 or more, found " << int64_t(multiple);
  if (!(damping >= 0 && damping <= 1))
    return module.emitError() << "expects 'damping' from 0 to 1, found " << shortNumber(damping);
  return success();
}

LogicalResult PruneStructuredPass::failNone(size_t selected) {
  auto error = getOperation().emitError() << "'" << getArgument() << "' removes no ";
  if (what == "heads" || what == "kv-groups")
    return error << (what == "heads" ? "heads" : "groups of heads")
                 << ": no attention that was recognized has such that can go";
  return error << "channels: none of the " << selected
               << " selected weights reads channels that can go, in multiples of "
               << int64_t(multiple);
}

LogicalResult PruneStructuredPass::prune() {
  ModuleOp module = getOperation();
  auto statistics = WeightStatistics::of(module, getArgument());
  if (failed(statistics))
    return failure();
  auto weights = selectLinearWeights(module, getArgument(), include, exclude);
  if (failed(weights))
    return failure();
  Pruning pruning(*weights, *statistics,
                  {getArgument().str(), ratio, damping, multiple, fit, bias, score});
  if (what == "heads" && failed(pruning.pruneHeads(module, HeadUnit::Head)))
    return failure();
  if (what == "kv-groups" && failed(pruning.pruneHeads(module, HeadUnit::Group)))
    return failure();
  if (what == "all" && failed(pruning.pruneHeads(module, std::nullopt)))
    return failure();
  if ((what == "neurons" || what == "all") && failed(pruning.pruneNeurons()))
    return failure();
  pruning.reportMissed();
  if (pruning.pruned == 0)
    return failNone(weights->size());
  // What becomes of shapes that follow from others is an error here where a size is left behind.
  for (auto function : module.getOps<func::FuncOp>())
    if (!function.isExternal() && failed(onnx::SymbolicDims().infer(function)))
      return failure();
  return success();
}

void PruneStructuredPass::runOnOperation() {
  if (failed(checkOptions()) || failed(prune()))
    signalPassFailure();
}
