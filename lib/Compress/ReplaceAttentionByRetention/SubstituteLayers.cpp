// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Chooses what stands in the place of attentions, writes it, and says so.
#include "lib/Compress/ReplaceAttentionByRetention/SubstituteLayers.h"
#include "lib/Compress/ReplaceAttentionByRetention/RemoveAttention.h"
#include "lib/Statistics/WeightStatistics.h"
#include "lib/Weights/Remark.h"

#include "dialects/Onnx/Shape/SymbolicDims.h"

#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "llvm/ADT/StringExtras.h"

#include <cmath>

using namespace mlir;
using namespace retort;

/// "8 16, 2 64": half-lives of the rounds, each of all groups.
static std::string halfLivesOf(ArrayRef<float> logDecays, int64_t count) {
  std::vector<std::string> rounds;
  int64_t groups = int64_t(logDecays.size()) / count;
  for (int64_t round = 0; round < count; ++round) {
    std::vector<std::string> lives;
    for (float decay : logDecays.slice(round * groups, groups))
      lives.push_back(shortNumber(-std::log(2.0) / decay));
    rounds.push_back(llvm::join(lives, " "));
  }
  return llvm::join(rounds, ", ");
}

/// `error_window` and the like, which names in the ledger spell with underscores.
static std::string keyOf(StringRef metric, const FittedSubstitute &fit) {
  std::string key = (metric + "_" + nameOf(fit.substitute.kind)).str();
  std::replace(key.begin(), key.end(), '-', '_');
  return key;
}

static void report(const SubstituteChooser &chooser, StringRef method, const LayerChoice &choice,
                   int64_t textLength) {
  const AttentionSite &site = chooser.siteOf(choice.layer);
  const Substitute &taken = choice.best().substitute;
  auto remark =
      remark::passed(site.op->getLoc(), remark::RemarkOpts::name(method).category("compress"));
  remark << remark::metric("weight", "attention " + std::to_string(choice.layer))
         << remark::metric("layer", int64_t(choice.layer))
         << remark::metric("substitute", nameOf(taken.kind))
         << remark::metric("state_bytes", taken.stateBytes(site, textLength))
         << remark::metric("state_bytes_before", Substitute().stateBytes(site, textLength))
         << remark::metric("text_length", textLength);
  if (taken.isWindow())
    remark << remark::metric("sink_tokens", taken.sinks) << remark::metric("window", taken.window);
  if (taken.isRetention())
    remark << remark::metric("half_lives", halfLivesOf(taken.logDecays, taken.rounds));
  if (taken.averages)
    remark << remark::metric("half_lives_of_averages",
                             halfLivesOf(taken.averageDecays, taken.averages));
  for (const FittedSubstitute &fit : choice.fits) {
    remark << remark::metric(keyOf("error", fit), fit.error);
    if (fit.divergence)
      remark << remark::metric(keyOf("kl", fit), *fit.divergence);
  }
  remark << remark::metric("kl_so_far", choice.best().divergence.value_or(0))
         << remark::metric("exactness", "statistical");
}

/// Products and embeddings that nothing reads any more.
static void eraseUnread(func::FuncOp function) {
  for (Operation &op : llvm::make_early_inc_range(llvm::reverse(function.front())))
    if (isOpTriviallyDead(&op))
      op.erase();
}

static void write(func::FuncOp function, const SubstituteChooser &chooser,
                  const SubstitutionPlan &plan) {
  SmallVector<llm::AttentionOp> removed;
  for (const LayerChoice &choice : plan.layers) {
    const AttentionSite &site = chooser.siteOf(choice.layer);
    if (choice.best().substitute.kind == SubstituteKind::Delete)
      removed.push_back(site.op);
    else
      applySubstitute(site, choice.best().substitute, prefixOfLayer(choice.layer));
  }
  if (!removed.empty())
    removeAttentions(function, removed);
  eraseUnread(function);
}

LogicalResult retort::substituteLayers(ModuleOp module, StringRef method,
                                       const SubstitutionGoal &asked) {
  auto statistics = WeightStatistics::of(module, method, KeptSums::Moments);
  if (failed(statistics))
    return failure();
  SubstitutionGoal goal = asked;
  const StatisticsSource &source = statistics->file().source();
  if (goal.textLength == 0)
    goal.textLength = source.context;
  SubstituteChooser chooser(module, method, goal);
  auto plan = chooser.run(source);
  if (failed(plan))
    return failure();
  for (const LayerChoice &choice : plan->layers)
    report(chooser, method, choice, goal.textLength);
  remark::analysis(module.getLoc(), remark::RemarkOpts::name(method).category("compress"))
      << remark::metric("replaced", int64_t(plan->layers.size()))
      << remark::metric("state_bytes", chooser.totalBytes(*plan))
      << remark::metric("state_bytes_before", chooser.totalBytes({}))
      << remark::metric("text_length", goal.textLength) << remark::metric("kl", plan->divergence());
  if (plan->layers.empty()) {
    remark::missed(module.getLoc(), remark::RemarkOpts::name(method).category("compress"))
        << remark::reason("no layer can be replaced within the limits");
    return success();
  }
  auto function = module.lookupSymbol<func::FuncOp>("main");
  write(function, chooser, *plan);
  markStale(module, method);
  return onnx::SymbolicDims().infer(function);
}
