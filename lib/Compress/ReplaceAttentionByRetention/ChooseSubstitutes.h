// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What stands in the place of which attention.
#ifndef RETORT_LIB_COMPRESS_REPLACEATTENTIONBYRETENTION_CHOOSESUBSTITUTES_H
#define RETORT_LIB_COMPRESS_REPLACEATTENTIONBYRETENTION_CHOOSESUBSTITUTES_H

#include "lib/Compress/ReplaceAttentionByRetention/LayerFit.h"
#include "lib/Statistics/Statistics.h"

#include <map>

namespace retort {

struct SubstitutionGoal {
  std::vector<SubstituteKind> candidates;
  /// That are all replaced; empty: those that cost least, as far as one of the limits asks.
  std::vector<int64_t> layers;
  int64_t stateBytes = 0;            ///< of one layer, at most; 0: two rounds of retention
  int64_t textLength = 0;            ///< tokens at which states are counted
  std::optional<int64_t> totalBytes; ///< of the states of all layers, at most
  std::optional<double> divergence;  ///< KL in nats a token, at most
  int64_t measured = 3;              ///< substitutes of a layer of which KL is measured
};

/// A layer, and all that was fitted for it, the least error first.
struct LayerChoice {
  size_t layer;
  std::vector<FittedSubstitute> fits;
  size_t chosen = 0;

  const FittedSubstitute &best() const { return fits[chosen]; }
};

/// Layers that are replaced, in their order; the divergence of the last is that of the model.
struct SubstitutionPlan {
  std::vector<LayerChoice> layers;
  double divergence() const {
    return layers.empty() ? 0 : layers.back().best().divergence.value_or(0);
  }
};

/// Chooses by windows of a sample.
///
/// 1. Each layer alone is fitted and measured, unless the user lists the layers.
/// 2. The layers that cost least are replaced, one after the other in the order of the model: each
///    is fitted to the inputs that its replaced predecessors make, and of the substitutes with the
///    least error that one is taken with which the model diverges least, all behind being as it
///    was.
/// 3. How many: as few as the bytes allow, or as many as the divergence allows, by bisection.
class SubstituteChooser {
public:
  SubstituteChooser(mlir::ModuleOp module, llvm::StringRef method, const SubstitutionGoal &goal)
      : module(module), method(method), goal(goal) {}

  /// An error stands at the module or at an attention.
  llvm::FailureOr<SubstitutionPlan> run(const StatisticsSource &source);
  const AttentionSite &siteOf(size_t layer) const { return *sites[layer]; }
  /// Of all attentions with that plan, for the text of the goal.
  int64_t totalBytes(const SubstitutionPlan &plan) const;

private:
  llvm::LogicalResult findSites();
  llvm::LogicalResult start(const StatisticsSource &source);
  llvm::FailureOr<LayerChoice> choose(size_t layer);
  llvm::LogicalResult measure(LayerChoice &choice);
  llvm::FailureOr<std::vector<size_t>> ranked();
  llvm::FailureOr<SubstitutionPlan> replace(llvm::ArrayRef<size_t> layers);
  llvm::FailureOr<SubstitutionPlan> asManyAsAllowed(llvm::ArrayRef<size_t> order, size_t least);
  llvm::FailureOr<size_t> leastCount(llvm::ArrayRef<size_t> order);
  mlir::OwningOpRef<mlir::ModuleOp> with(size_t layer, const Substitute &substitute);
  std::vector<Substitute> sizedFor(size_t layer);
  int64_t bytesFor(size_t layer) const;
  llvm::LogicalResult check(llvm::Error error);

  mlir::ModuleOp module;
  llvm::StringRef method;
  SubstitutionGoal goal;
  std::vector<std::optional<AttentionSite>> sites; ///< of all attentions; none where refused
  std::vector<bool> deletable;
  llvm::SmallVector<llm::AttentionOp> attentions;
  std::unique_ptr<LayerReplay> replay;
  std::map<size_t, size_t> places; ///< of layers in the replay
  std::map<size_t, LayerChoice> alone;
};

/// Begins the names of what a layer gets.
std::string prefixOfLayer(size_t layer);

} // namespace retort

#endif
