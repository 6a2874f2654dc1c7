// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Removes channels between products, heads, and groups of heads.
//
//   %h = onnx.Relu(onnx.MatMul(%x, %up)) : tensor<?x128xf32>
//   %y = onnx.MatMul(%h, %down) : (tensor<?x128xf32>, tensor<128x64xf32>) -> tensor<?x64xf32>
//   ==> compress-prune-structured{ratio=0.25}
//   %h = onnx.Relu(onnx.MatMul(%x, %up)) : tensor<?x96xf32>
//   %y = onnx.MatMul(%h, %down) : (tensor<?x96xf32>, tensor<96x64xf32>) -> tensor<?x64xf32>
#include "lib/Compress/PruneStructured/HeadGroups.h"
#include "lib/Compress/PruneStructured/MeasuredGradients.h"
#include "lib/Compress/PruneStructured/NeuronGroups.h"
#include "lib/Compress/PruneStructured/UnitPruner.h"
#include "lib/Statistics/WeightStatistics.h"
#include "lib/Weights/Remark.h"

#include "dialects/Compress/Compress.h"
#include "dialects/Llm/Llm.h"
#include "dialects/Onnx/Shape/SymbolicDims.h"
#include "dialects/Onnx/ValueNames.h"
#include "dialects/Retort/Names.h"
#include "dialects/Retort/Retort.h"

#include "mlir/Pass/Pass.h"
#include "llvm/ADT/StringSwitch.h"

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
  /// By statistics of a sample, by the importance to a loss, or by this and fitted to that; one of
  /// them may be null.
  Pruning(std::vector<LinearWeight> &weights, WeightStatistics *statistics,
          const MeasuredGradients *importance, PruneStructuredOptions options);
  /// Each is an error where a weight is not finite.
  LogicalResult pruneHeads(ModuleOp module, std::optional<HeadUnit> unit);
  LogicalResult pruneNeurons();
  /// Says why what was selected stays as it is.
  void reportMissed();
  /// How many groups became smaller.
  int64_t pruned = 0;

private:
  StringRef whatIsMissing(const LinearWeight &weight);
  std::string whyNot(const Candidate &candidate);
  Candidate neuronsOf(LinearWeight &weight);
  Candidate headsOf(llm::AttentionOp attention, HeadUnit unit);
  LogicalResult prune(Candidate &candidate);
  LinearWeight *find(Value constant) { return selected.lookup(constant); }

  std::vector<LinearWeight> &weights;
  WeightStatistics *statistics;
  const MeasuredGradients *importance;
  PruneStructuredOptions options;
  llvm::DenseMap<Value, LinearWeight *> selected;
  llvm::DenseSet<LinearWeight *> changed;
  llvm::MapVector<LinearWeight *, std::string> missed;
};

struct PruneStructuredPass : retort::impl::PruneStructuredPassBase<PruneStructuredPass> {
  using Base::Base;
  LogicalResult checkUnits();
  LogicalResult checkOptions();
  StringRef unitsToPrune() const;
  LogicalResult pruneEach(Pruning &pruning);
  LogicalResult prune();
  LogicalResult failNone(size_t selected);
  void runOnOperation() override;
};
} // namespace

Pruning::Pruning(std::vector<LinearWeight> &weights, WeightStatistics *statistics,
                 const MeasuredGradients *importance, PruneStructuredOptions options)
    : weights(weights), statistics(statistics), importance(importance),
      options(std::move(options)) {
  for (LinearWeight &weight : weights)
    selected[weight.op->getResult(0)] = &weight;
}

Candidate Pruning::neuronsOf(LinearWeight &weight) {
  Candidate result;
  result.consumer = &weight;
  if (auto group = findNeurons(weight)) {
    result.choice.kept = options.kept(group->units, options.multiple);
    result.group = std::move(*group);
  } else {
    result.reason = llvm::toString(group.takeError());
  }
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

/// To fit the weight by; empty where nothing is.
StringRef Pruning::whatIsMissing(const LinearWeight &weight) {
  return statistics ? whatLacks(statistics->recordOf(weight), weight) : "no statistics";
}

/// Why a group that was found stays as it is; empty where it does not.
std::string Pruning::whyNot(const Candidate &candidate) {
  for (Value producer : candidate.group->producers)
    if (!find(producer))
      return "a weight that computes its inputs is not selected";
  if (StringRef lacks = whatIsMissing(*candidate.consumer); !lacks.empty() && !importance)
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
  if (importance)
    candidate.choice.scores = importance->scoresOf(*candidate.group, consumer, producers);
  pruneUnits(*candidate.group, candidate.choice, consumer, producers,
             whatIsMissing(consumer).empty() ? statistics->recordOf(consumer) : nullptr, options);
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

LogicalResult PruneStructuredPass::checkUnits() {
  ModuleOp module = getOperation();
  if (sparsity != 0 && !(sparsity > 0 && sparsity < 1))
    return module.emitError() << "expects 'sparsity' in (0, 1), found " << shortNumber(sparsity);
  if (!(ratio > 0 && ratio < 1))
    return module.emitError() << "expects 'ratio' in (0, 1), found " << shortNumber(ratio);
  if (!llvm::is_contained({"neurons", "heads", "kv-groups", "all"}, what.getValue()))
    return module.emitError() << "expects 'what' to be neurons, heads, kv-groups or all, found '"
                              << what << "'";
  if (!llvm::is_contained({"", "mlp", "heads", "kv-groups", "mlp,kv-groups"}, groups.getValue()))
    return module.emitError()
           << "expects 'groups' to be mlp, heads, kv-groups or mlp,kv-groups, found '" << groups
           << "'";
  if (multiple < 1)
    return module.emitError() << "expects 'multiple' of 1 or more, found " << int64_t(multiple);
  return success();
}

LogicalResult PruneStructuredPass::checkOptions() {
  ModuleOp module = getOperation();
  if (failed(checkUnits()))
    return failure();
  if (!llvm::is_contained({"fluctuation", "residual", "magnitude"}, score.getValue()))
    return module.emitError() << "expects 'score' to be fluctuation, residual or magnitude, found '"
                              << score << "'";
  if (!(damping >= 0 && damping <= 1))
    return module.emitError() << "expects 'damping' from 0 to 1, found " << shortNumber(damping);
  if (importance.empty())
    return success();
  auto named = importanceNamed(importance);
  if (!named)
    return module.emitError() << "expects 'importance' to be random, magnitude, vector, element, "
                                 "second or mix, found '"
                              << importance << "'";
  if (needsGradients(*named) && data.empty())
    return module.emitError() << "expects 'data' to name tokens that 'importance=" << importance
                              << "' is measured on, found none";
  if (samples < 1)
    return module.emitError() << "expects 'samples' of 1 or more, found " << int64_t(samples);
  if (sampleContext < 2)
    return module.emitError() << "expects 'sample-context' of 2 tokens or more, found "
                              << int64_t(sampleContext);
  return success();
}

/// Those of the options that have two names.
StringRef PruneStructuredPass::unitsToPrune() const {
  return llvm::StringSwitch<StringRef>(groups)
      .Case("", what)
      .Case("mlp", "neurons")
      .Case("mlp,kv-groups", "all")
      .Default(groups);
}

LogicalResult PruneStructuredPass::failNone(size_t selected) {
  auto error = getOperation().emitError() << "'" << getArgument() << "' removes no ";
  if (StringRef units = unitsToPrune(); units == "heads" || units == "kv-groups")
    return error << (units == "heads" ? "heads" : "groups of heads")
                 << ": no attention that was recognized has such that can go";
  return error << "channels: none of the " << selected
               << " selected weights reads channels that can go, in multiples of "
               << int64_t(multiple);
}

LogicalResult PruneStructuredPass::pruneEach(Pruning &pruning) {
  ModuleOp module = getOperation();
  StringRef units = unitsToPrune();
  if (units == "heads" && failed(pruning.pruneHeads(module, HeadUnit::Head)))
    return failure();
  if (units == "kv-groups" && failed(pruning.pruneHeads(module, HeadUnit::Group)))
    return failure();
  if (units == "all" && failed(pruning.pruneHeads(module, std::nullopt)))
    return failure();
  if ((units == "neurons" || units == "all") && failed(pruning.pruneNeurons()))
    return failure();
  pruning.reportMissed();
  return success();
}

LogicalResult PruneStructuredPass::prune() {
  ModuleOp module = getOperation();
  std::optional<WeightStatistics> statistics;
  if (importance.empty() || module->hasAttr(names::statistics)) {
    auto found = WeightStatistics::of(module, getArgument());
    if (failed(found))
      return failure();
    statistics.emplace(std::move(*found));
  }
  auto weights = selectLinearWeights(module, getArgument(), include, exclude);
  if (failed(weights))
    return failure();
  std::optional<MeasuredGradients> measured;
  if (!importance.empty()) {
    auto found =
        MeasuredGradients::of(module, getArgument(), *weights,
                              {*importanceNamed(importance), data, samples, sampleContext, seed});
    if (failed(found))
      return failure();
    measured.emplace(std::move(*found));
  }
  Pruning pruning(*weights, statistics ? &*statistics : nullptr, measured ? &*measured : nullptr,
                  {getArgument().str(), sparsity > 0 ? double(sparsity) : double(ratio), damping,
                   multiple, fit, bias, score});
  if (failed(pruneEach(pruning)))
    return failure();
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
