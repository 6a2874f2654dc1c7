// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Removes channels between products step by step, while factors beside the weights make up for
// them.
//
//   %h = onnx.Relu(onnx.MatMul(%x, %up)) : tensor<?x128xf32>
//   %y = onnx.MatMul(%h, %down) : (tensor<?x128xf32>, tensor<128x64xf32>) -> tensor<?x64xf32>
//   ==> compress-prune-lora{sparsity=0.25 data=stories.tokens}
//   %h = onnx.Relu(onnx.MatMul(%x, %up')) : tensor<?x96xf32>
//   %y = onnx.MatMul(%h, %down') : (tensor<?x96xf32>, tensor<96x64xf32>) -> tensor<?x64xf32>
#include "lib/Compress/PruneLora/MaskedGroups.h"
#include "lib/Compress/PruneStructured/NeuronGroups.h"
#include "lib/Compress/PruneStructured/UnitPruner.h"
#include "lib/Train/TrainingPass.h"
#include "lib/Train/TrainingRates.h"
#include "lib/Weights/Remark.h"

#include "dialects/Compress/Compress.h"
#include "dialects/Llm/Llm.h"
#include "dialects/Onnx/Shape/SymbolicDims.h"
#include "dialects/Retort/Retort.h"

#include "mlir/Pass/Pass.h"

#include <cmath>

namespace retort {
#define GEN_PASS_DECL
#define GEN_PASS_DEF_PRUNELORAPASS
#include "lib/Compress/PruneLora/PruneLora.h.inc"
} // namespace retort

using namespace mlir;
using namespace retort;

namespace {
struct PruneLoraPass : TrainingPass<retort::impl::PruneLoraPassBase<PruneLoraPass>> {
  using TrainingPass::TrainingPass;

  LogicalResult checkOptions(const TrainingOptions &options);
  LogicalResult select();
  void findGroups();
  std::string addGroup(size_t i);
  LogicalResult shrink(const TrainingResult &result, const MaskChoice &choice);
  LogicalResult prune(TrainingOptions options);
  void runOnOperation() override;

  std::vector<LoraWeight> weights;
  std::vector<MaskedGroup> groupsFound;
};
} // namespace

LogicalResult PruneLoraPass::checkOptions(const TrainingOptions &options) {
  ModuleOp module = getOperation();
  if (!(sparsity > 0 && sparsity < 1))
    return module.emitError() << "expects 'sparsity' in (0, 1), found " << shortNumber(sparsity);
  if (groups != "mlp")
    return module.emitError() << "expects 'groups' to be mlp, found '" << groups << "'";
  if (merge != "fold")
    return module.emitError() << "expects 'merge' to be fold, found '" << merge << "'";
  for (auto [name, value] :
       {std::pair<StringRef, int64_t>("multiple", multiple), {"every", every}, {"rank", rank}})
    if (value < 1)
      return module.emitError() << "expects '" << name << "' of 1 or more, found " << value;
  if (!(ramp > 0 && ramp <= 1))
    return module.emitError() << "expects 'ramp' in (0, 1], found " << shortNumber(ramp);
  if (!(alpha >= 0))
    return module.emitError() << "expects 'alpha' of 0 or more, found " << shortNumber(alpha);
  if (!options.checkpoint.empty())
    return module.emitError() << "'" << getArgument() << "' expects no 'checkpoint', which would "
                              << "know nothing of what leaves, found '" << options.checkpoint
                              << "'";
  return success();
}

/// Weights that factors can stand beside and be folded into.
LogicalResult PruneLoraPass::select() {
  auto selected = selectLinearWeights(getOperation(), getArgument(), include, exclude);
  if (failed(selected))
    return failure();
  double part = (alpha > 0 ? double(alpha) : 2.0 * double(rank)) / double(rank);
  for (LinearWeight &weight : *selected) {
    std::string why;
    auto shape = productsOf(weight.op->getResult(0), why);
    if (why.empty())
      why = whyNotMerged(weight, FactorMerge::Fold);
    if (why.empty())
      weights.push_back({weight, *shape, FactorMerge::Fold, rank, 1, part});
    else
      weightMissed(weight.loc(), getArgument(), weight.name()) << remark::reason("{0}", why);
  }
  findGroups();
  if (groupsFound.empty())
    return getOperation().emitError()
           << "'" << getArgument() << "' removes no channels: none of the " << selected->size()
           << " selected weights reads channels that can go, in multiples of " << int64_t(multiple);
  return success();
}

/// Of what weight `i` reads; or why it has none.
std::string PruneLoraPass::addGroup(size_t i) {
  auto found = findNeurons(weights[i].weight);
  if (!found)
    return llvm::toString(found.takeError());
  double share = 1 - sparsity;
  int64_t kept = PruneStructuredOptions{"", 1 - share, 0, multiple, false, false, ""}.kept(
      found->units, multiple);
  if (kept >= found->units)
    return "keeps all of its " + std::to_string(found->units) + " channels, in multiples of " +
           std::to_string(multiple);
  MaskedGroup group{std::move(*found), i, {}, kept};
  for (Value producer : group.channels.producers) {
    auto place = llvm::find_if(weights, [&](const LoraWeight &each) {
      return each.weight.op == producer.getDefiningOp();
    });
    if (place == weights.end())
      return "a weight that computes its inputs has no factors beside it";
    group.producers.push_back(size_t(place - weights.begin()));
  }
  groupsFound.push_back(std::move(group));
  return "";
}

void PruneLoraPass::findGroups() {
  llvm::DenseSet<size_t> changed;
  std::vector<std::string> reasons;
  for (size_t i = 0; i < weights.size(); ++i) {
    reasons.push_back(addGroup(i));
    if (!reasons.back().empty())
      continue;
    changed.insert(i);
    changed.insert_range(groupsFound.back().producers);
  }
  for (size_t i = 0; i < weights.size(); ++i)
    if (!changed.contains(i))
      weightMissed(weights[i].weight.loc(), getArgument(), weights[i].weight.name())
          << remark::reason("{0}", reasons[i]);
}

LogicalResult PruneLoraPass::shrink(const TrainingResult &result, const MaskChoice &choice) {
  for (LoraWeight &each : weights) {
    mergeFactors(each.weight, each.shape, each.factors(result), FactorMerge::Fold);
    each.weight.values = *compress::WeightExpression::of(each.weight.op->getResult(0));
  }
  PruneStructuredOptions options{getArgument().str(), sparsity, 0, multiple, false, false, ""};
  for (auto [i, group] : llvm::enumerate(groupsFound)) {
    SmallVector<LinearWeight *> producers;
    for (size_t producer : group.producers)
      producers.push_back(&weights[producer].weight);
    UnitChoice units{"channels", 1, group.kept, choice.scoresOf(i, result.values[group.mask])};
    pruneUnits(group.channels, units, weights[group.consumer].weight, producers, nullptr, options);
  }
  for (auto function : getOperation().getOps<func::FuncOp>())
    if (!function.isExternal() && failed(onnx::SymbolicDims().infer(function)))
      return failure();
  return success();
}

LogicalResult PruneLoraPass::prune(TrainingOptions options) {
  weights.clear();
  groupsFound.clear();
  if (failed(checkOptions(options)) || !graphToTrain(getOperation(), getArgument()) ||
      failed(select()))
    return failure();
  if (options.learningRate == 0)
    options.learningRate = rateOfFactors(getOperation());
  IRMapping map;
  Student student = studentOf(getOperation(), map);
  for (MaskedGroup &group : groupsFound)
    addMask(student, map, group);
  for (LoraWeight &each : weights)
    addFactors(student, map, each, options.seed);
  MaskSchedule schedule{every, std::max<int64_t>(1, std::llround(ramp * double(options.steps)))};
  auto choice = std::make_shared<MaskChoice>(groupsFound, weights, schedule);
  student.afterStep = [choice](int64_t step, MutableArrayRef<std::vector<float>> values,
                               ArrayRef<std::vector<float>> gradient) {
    return choice->see(step, values, gradient);
  };
  FailureOr<TrainingResult> result =
      trainStudent(getOperation(), getArgument(), std::move(student), options);
  if (failed(result) || (result->values.empty() && options.steps == 0))
    return success(succeeded(result));
  if (result->values.empty())
    return getOperation().emitError()
           << "'" << getArgument() << "' ended before channels left: " << result->note;
  return shrink(*result, *choice);
}

void PruneLoraPass::runOnOperation() {
  FailureOr<TrainingOptions> training = trainingOptions();
  if (failed(training) || failed(prune(*training)))
    signalPassFailure();
}
