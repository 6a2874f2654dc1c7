// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Removes channels between products.
//
//   %h = onnx.Relu(onnx.MatMul(%x, %up)) : tensor<?x128xf32>
//   %y = onnx.MatMul(%h, %down) : (tensor<?x128xf32>, tensor<128x64xf32>) -> tensor<?x64xf32>
//   ==> compress-prune-structured{ratio=0.25}
//   %h = onnx.Relu(onnx.MatMul(%x, %up)) : tensor<?x96xf32>
//   %y = onnx.MatMul(%h, %down) : (tensor<?x96xf32>, tensor<96x64xf32>) -> tensor<?x64xf32>
#include "lib/Compress/PruneStructured/NeuronPruner.h"
#include "lib/Statistics/WeightStatistics.h"
#include "lib/Weights/Remark.h"

#include "mlir/Pass/Pass.h"

namespace retort {
#define GEN_PASS_DECL
#define GEN_PASS_DEF_PRUNESTRUCTUREDPASS
#include "lib/Compress/PruneStructured/PruneStructured.h.inc"
} // namespace retort

using namespace mlir;
using namespace retort;

namespace {
/// A weight, and the channels that it sums over, or why they cannot go.
struct Candidate {
  LinearWeight *consumer;
  std::optional<ChannelGroup> group;
  std::string reason;
};

class Pruning {
public:
  Pruning(std::vector<LinearWeight> &weights, WeightStatistics &statistics,
          PruneStructuredOptions options);
  /// The number of groups that became smaller.
  FailureOr<int64_t> run();

private:
  std::string whyNot(const Candidate &candidate);
  Candidate candidateOf(LinearWeight &weight);

  std::vector<LinearWeight> &weights;
  WeightStatistics &statistics;
  PruneStructuredOptions options;
  llvm::DenseMap<Value, LinearWeight *> selected;
};

struct PruneStructuredPass : retort::impl::PruneStructuredPassBase<PruneStructuredPass> {
  using Base::Base;
  LogicalResult checkOptions();
  LogicalResult prune();
  void runOnOperation() override;
};
} // namespace

Pruning::Pruning(std::vector<LinearWeight> &weights, WeightStatistics &statistics,
                 PruneStructuredOptions options)
    : weights(weights), statistics(statistics), options(std::move(options)) {
  for (LinearWeight &weight : weights)
    selected[weight.op->getResult(0)] = &weight;
}

Candidate Pruning::candidateOf(LinearWeight &weight) {
  Candidate result{&weight, std::nullopt, ""};
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
  auto group = findChannels(activation, use.activationAxis, use.operand->get(), use.inputAxis);
  if (group)
    result.group = std::move(*group);
  else
    result.reason = llvm::toString(group.takeError());
  return result;
}

/// Why a group that was found stays as it is; empty where it does not.
std::string Pruning::whyNot(const Candidate &candidate) {
  LinearWeight &consumer = *candidate.consumer;
  for (Value producer : candidate.group->producers)
    if (!selected.contains(producer))
      return "a weight that computes its inputs is not selected";
  if (StringRef lacks = whatLacks(statistics.recordOf(consumer), consumer); !lacks.empty())
    return lacks.str();
  int64_t size = candidate.group->size;
  if (options.kept(size) >= size)
    return "keeps all of its " + std::to_string(size) + " channels, in multiples of " +
           std::to_string(options.multiple);
  return "";
}

FailureOr<int64_t> Pruning::run() {
  std::vector<Candidate> candidates;
  llvm::DenseSet<Value> shrinking;
  for (LinearWeight &weight : weights) {
    Candidate &candidate = candidates.emplace_back(candidateOf(weight));
    if (candidate.group)
      candidate.reason = whyNot(candidate);
    if (candidate.reason.empty())
      shrinking.insert_range(candidate.group->producers);
  }
  int64_t pruned = 0;
  for (Candidate &candidate : candidates) {
    LinearWeight &consumer = *candidate.consumer;
    if (!candidate.reason.empty()) {
      if (!shrinking.contains(consumer.op->getResult(0)))
        weightMissed(consumer.loc(), options.method, consumer.name())
            << remark::reason("{0}", candidate.reason);
      continue;
    }
    SmallVector<LinearWeight *> producers;
    for (Value producer : candidate.group->producers)
      producers.push_back(selected.lookup(producer));
    if (failed(consumer.checkFinite()) ||
        llvm::any_of(producers, [](LinearWeight *each) { return failed(each->checkFinite()); }))
      return failure();
    pruneChannels(*candidate.group, consumer, producers, *statistics.recordOf(consumer), options);
    ++pruned;
  }
  return pruned;
}

LogicalResult PruneStructuredPass::checkOptions() {
  ModuleOp module = getOperation();
  if (!(ratio > 0 && ratio < 1))
    return module.emitError() << "expects 'ratio' in (0, 1), found " << shortNumber(ratio);
  if (what == "heads")
    return module.emitError("expects 'what' to be neurons: heads are tied to the reshapes and the "
                            "cache of attention, and are not removed");
  if (what != "neurons")
    return module.emitError() << "expects 'what' to be neurons, found '" << what << "'";
  if (multiple < 1)
    return module.emitError() << "expects 'multiple' of 1 or more, found " << int64_t(multiple);
  if (!(damping >= 0 && damping <= 1))
    return module.emitError() << "expects 'damping' from 0 to 1, found " << shortNumber(damping);
  return success();
}

LogicalResult PruneStructuredPass::prune() {
  ModuleOp module = getOperation();
  auto statistics = WeightStatistics::of(module, getArgument());
  if (failed(statistics))
    return failure();
  auto weights = selectLinearWeights(module, getArgument(), include, exclude);
  if (failed(weights))
    return failure();
  Pruning pruning(*weights, *statistics, {getArgument().str(), ratio, damping, multiple, fit});
  FailureOr<int64_t> pruned = pruning.run();
  if (failed(pruned))
    return failure();
  if (*pruned == 0)
    return module.emitError() << "'" << getArgument() << "' removes no channels: none of the "
                              << weights->size()
                              << " selected weights reads channels that can go, in multiples of "
                              << int64_t(multiple);
  markStale(module, getArgument());
  return success();
}

void PruneStructuredPass::runOnOperation() {
  if (failed(checkOptions()) || failed(prune()))
    signalPassFailure();
}
