// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What stands in the place of which attention.
#include "lib/Compress/ReplaceAttentionByRetention/ChooseSubstitutes.h"
#include "lib/Compress/ReplaceAttentionByRetention/GemmOfRows.h"
#include "lib/Compress/ReplaceAttentionByRetention/RemoveAttention.h"
#include "lib/Replay/MeasureChanges.h"
#include "lib/Weights/Remark.h"

#include "dialects/Onnx/Weights.h"

#include <numeric>

using namespace mlir;
using namespace retort;

/// Windows on which substitutes are compared.
static constexpr size_t mostCompared = 8;

std::string retort::prefixOfLayer(size_t layer) { return "attention_" + std::to_string(layer); }

static func::FuncOp mainOf(ModuleOp module) { return module.lookupSymbol<func::FuncOp>("main"); }

LogicalResult SubstituteChooser::check(llvm::Error error) {
  if (!error)
    return success();
  return module.emitError() << "'" << method
                            << "' cannot run the model: " << llvm::toString(std::move(error));
}

LogicalResult SubstituteChooser::findSites() {
  func::FuncOp function = mainOf(module);
  if (!function || function.isExternal())
    return module.emitError() << "'" << method << "' expects a function 'main'";
  attentions = attentionsOf(function);
  for (llm::AttentionOp op : attentions) {
    Value merged;
    writeProductOfRows(productBehind(op.getResult(), merged));
  }
  for (auto [layer, op] : llvm::enumerate(attentions)) {
    Refusal refusal;
    auto site = AttentionSite::of(op, refusal);
    bool isListed = llvm::is_contained(goal.layers, int64_t(layer));
    if (failed(site) && isListed)
      return op.emitError() << "layer " << layer << " " << refusal.reason;
    if (failed(site))
      weightMissed(op.getLoc(), method, "attention " + std::to_string(layer))
          << remark::reason("{0}", refusal.reason);
    sites.push_back(succeeded(site) ? std::optional(*site) : std::nullopt);
    deletable.push_back(succeeded(site) && succeeded(removalOf(op, function)));
    if (sites.back() && (goal.layers.empty() || isListed))
      places.insert({layer, places.size()});
  }
  if (places.empty())
    return module.emitError() << "'" << method << "' finds no attention that can be replaced";
  return success();
}

LogicalResult SubstituteChooser::start(const StatisticsSource &source) {
  const ReplaysLayers *host = ReplaysLayers::of(module);
  if (!host)
    return module.emitError()
           << "'" << method
           << "' expects a host that runs models for 'candidates': libRetortRun.so is a plugin "
              "that does, in place of libRetortPasses.so";
  ReplayWindows windows = replayWindows(source);
  if (windows.tokens.empty())
    return module.emitError() << "'" << method
                              << "' expects statistics with the tokens of their sample, found none";
  std::string lost;
  auto valuesOf = [&](func::FuncOp graph) {
    SmallVector<SmallVector<Value>> values;
    SmallVector<llm::AttentionOp> found = attentionsOf(graph);
    for (auto [layer, place] : places) {
      Refusal refusal = "is not found in the graph of the windows";
      auto site = found.size() == attentions.size() ? AttentionSite::of(found[layer], refusal)
                                                    : FailureOr<AttentionSite>();
      if (succeeded(site))
        values.push_back(observedValues(*site));
      else
        lost = "layer " + std::to_string(layer) + " " + refusal.reason;
    }
    return values;
  };
  auto started = host->replay(module, valuesOf, std::move(windows));
  if (!started)
    return check(started.takeError());
  if (!lost.empty())
    return check(llvm::createStringError(lost));
  replay = std::move(*started);
  return success();
}

int64_t SubstituteChooser::bytesFor(size_t layer) const {
  return goal.stateBytes ? goal.stateBytes : 2 * bytesOfRound(*sites[layer]);
}

std::vector<Substitute> SubstituteChooser::sizedFor(size_t layer) {
  std::vector<Substitute> sized;
  for (SubstituteKind kind : goal.candidates) {
    auto found = sizedSubstitute(kind, *sites[layer], bytesFor(layer));
    if (found && (kind != SubstituteKind::Delete || deletable[layer]))
      sized.push_back(*found);
  }
  return sized;
}

OwningOpRef<ModuleOp> SubstituteChooser::with(size_t layer, const Substitute &substitute) {
  OwningOpRef<ModuleOp> copy = module.clone();
  Refusal refusal;
  auto site = AttentionSite::of(attentionsOf(mainOf(*copy))[layer], refusal);
  applySubstitute(*site, substitute, prefixOfLayer(layer));
  return copy;
}

/// Of those with the least error, which stand first.
LogicalResult SubstituteChooser::measure(LayerChoice &choice) {
  size_t count = std::min(size_t(goal.measured), choice.fits.size());
  for (FittedSubstitute &fit : llvm::MutableArrayRef(choice.fits).take_front(count)) {
    OwningOpRef<ModuleOp> other = with(choice.layer, fit.substitute);
    auto found = replay->divergences(*other, mostCompared);
    if (!found)
      return check(found.takeError());
    fit.divergence = std::accumulate(found->begin(), found->end(), 0.0) / double(found->size());
    if (*fit.divergence < *choice.best().divergence)
      choice.chosen = size_t(&fit - choice.fits.data());
  }
  return success();
}

/// Fits and measures what may stand in the place of a layer, behind the changes so far.
FailureOr<LayerChoice> SubstituteChooser::choose(size_t layer) {
  if (failed(check(replay->advanceTo(places.at(layer)))))
    return failure();
  const AttentionSite &site = *sites[layer];
  std::vector<Substitute> sized = sizedFor(layer);
  if (sized.empty())
    return attentions[layer].emitError()
           << "layer " << layer << " expects 'state-bytes' of " << bytesOfRound(site)
           << " or more for retention, or " << site.bytesOfToken() << " for a window, found "
           << bytesFor(layer);
  onnx::ConstantView projection = *onnx::ConstantView::of(site.weight);
  std::vector<float> output = projection.floats(0, projection.type().getNumElements());
  auto fits = LayerFit(site, std::move(sized), std::move(output)).fit(*replay);
  if (!fits)
    return attentions[layer].emitError()
           << "layer " << layer << " " << llvm::toString(fits.takeError());
  LayerChoice choice{layer, std::move(*fits)};
  llvm::sort(choice.fits, [](const FittedSubstitute &a, const FittedSubstitute &b) {
    return std::tie(a.error, a.substitute.kind) < std::tie(b.error, b.substitute.kind);
  });
  if (failed(measure(choice)))
    return failure();
  return choice;
}

/// The layers, the one first that costs least by itself.
FailureOr<std::vector<size_t>> SubstituteChooser::ranked() {
  std::vector<size_t> order;
  for (auto [layer, place] : places) {
    auto choice = choose(layer);
    if (failed(choice))
      return failure();
    order.push_back(layer);
    alone.insert({layer, std::move(*choice)});
  }
  auto costOf = [&](size_t layer) {
    return std::pair(alone.at(layer).best().divergence.value_or(0), layer);
  };
  llvm::sort(order, [&](size_t a, size_t b) { return costOf(a) < costOf(b); });
  return order;
}

FailureOr<SubstitutionPlan> SubstituteChooser::replace(ArrayRef<size_t> layers) {
  std::vector<size_t> inOrder(layers);
  llvm::sort(inOrder);
  replay->restart();
  SubstitutionPlan plan;
  for (size_t layer : inOrder) {
    auto choice = choose(layer);
    if (failed(choice))
      return failure();
    OwningOpRef<ModuleOp> other = with(layer, choice->best().substitute);
    if (failed(check(replay->change(*other))))
      return failure();
    plan.layers.push_back(std::move(*choice));
  }
  return plan;
}

int64_t SubstituteChooser::totalBytes(const SubstitutionPlan &plan) const {
  std::map<size_t, const Substitute *> replaced;
  for (const LayerChoice &choice : plan.layers)
    replaced[choice.layer] = &choice.best().substitute;
  Substitute kept;
  int64_t total = 0;
  for (size_t layer = 0; layer < sites.size(); ++layer)
    if (sites[layer])
      total += (replaced.count(layer) ? *replaced[layer] : kept)
                   .stateBytes(*sites[layer], goal.textLength);
  return total;
}

/// With what they were given alone: sizes do not change behind others.
FailureOr<size_t> SubstituteChooser::leastCount(ArrayRef<size_t> order) {
  if (!goal.totalBytes)
    return size_t(0);
  SubstitutionPlan plan;
  for (size_t count = 0;; ++count) {
    if (totalBytes(plan) <= *goal.totalBytes)
      return count;
    if (count == order.size())
      break;
    plan.layers.push_back(alone.at(order[count]));
  }
  return module.emitError() << "'" << method << "' expects 'max-state-bytes' of at least "
                            << totalBytes(plan) << " for texts of " << goal.textLength
                            << " tokens, found " << *goal.totalBytes;
}

/// Bisection over how many of the order are replaced.
FailureOr<SubstitutionPlan> SubstituteChooser::asManyAsAllowed(ArrayRef<size_t> order,
                                                               size_t least) {
  size_t low = least, high = order.size();
  auto best = replace(order.take_front(low));
  if (failed(best))
    return failure();
  if (best->divergence() > *goal.divergence)
    return module.emitError() << "'" << method << "' expects 'max-kl' of at least "
                              << shortNumber(best->divergence())
                              << " for the bytes of 'max-state-bytes', found "
                              << shortNumber(*goal.divergence);
  while (low < high) {
    size_t middle = low + (high - low + 1) / 2;
    auto plan = replace(order.take_front(middle));
    if (failed(plan))
      return failure();
    if (plan->divergence() <= *goal.divergence) {
      low = middle;
      best = std::move(plan);
    } else {
      high = middle - 1;
    }
  }
  return best;
}

FailureOr<SubstitutionPlan> SubstituteChooser::run(const StatisticsSource &source) {
  if (failed(findSites()) || failed(start(source)))
    return failure();
  if (!goal.layers.empty()) {
    std::vector<size_t> listed;
    for (auto [layer, place] : places)
      listed.push_back(layer);
    return replace(listed);
  }
  auto order = ranked();
  if (failed(order))
    return failure();
  auto least = leastCount(*order);
  if (failed(least))
    return failure();
  if (goal.divergence)
    return asManyAsAllowed(*order, *least);
  return replace(ArrayRef(*order).take_front(*least));
}
