// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Fits weights one after the other, each to inputs that compressed predecessors make.
#include "lib/Replay/FitInOrder.h"
#include "lib/Replay/MeasureChanges.h"
#include "lib/Replay/ReplayedSums.h"
#include "lib/Replay/TargetCorrection.h"
#include "lib/Weights/OutputRows.h"

#include "llvm/ADT/StringSet.h"

#include <numeric>

using namespace mlir;
using namespace retort;

using MeasuredWeight = std::pair<LinearWeight, const StatisticsRecord *>;

/// How much of the way to what the model computed before a target goes. All of it is worse: it fits
/// noise of the sample.
static constexpr double shares[] = {0, .25, .5};
/// Windows on which shares are compared.
static constexpr size_t mostCompared = 4;

namespace {
/// A group fitted with one share of the correction.
struct Attempt {
  double share = 0, kl = 0;
  std::vector<FittedWeight> weights;
};

class OrderedFit {
public:
  OrderedFit(ModuleOp module, StringRef method, MeasuredWeights &measured, FitWeight fit)
      : module(module), method(method), measured(measured), fit(fit) {
    for (MeasuredWeight &each : measured.list)
      byName[each.first.name()] = &each;
  }
  LogicalResult run();

private:
  LogicalResult start();
  LogicalResult fitGroup(const ReplayGroup &group);
  FailureOr<Attempt> attempt(const ReplayGroup &group, ArrayRef<float> correction, double share);
  FailureOr<Attempt> bestAttempt(const ReplayGroup &group, ArrayRef<float> correction);
  void keep(const ReplayGroup &group, Attempt &best, bool isCompared);
  LogicalResult fitOthers();
  void report();
  LogicalResult check(llvm::Error error) {
    if (!error)
      return success();
    return module.emitError() << "'" << method << "' cannot run the model for 'sequential': "
                              << llvm::toString(std::move(error));
  }

  ModuleOp module;
  StringRef method;
  MeasuredWeights &measured;
  FitWeight fit;
  llvm::StringMap<MeasuredWeight *> byName;
  llvm::StringSet<> done;
  std::unique_ptr<ModelReplay> replay;
  /// The one before is alive while the next is made: their addresses differ.
  std::unique_ptr<StatisticsRecord> record;
  double lastKl = 0;
};
} // namespace

LogicalResult OrderedFit::start() {
  std::vector<std::string> names;
  for (const MeasuredWeight &each : measured.list)
    names.push_back(each.first.name().str());
  auto started = startReplay(module, method, "sequential",
                             replayWindows(measured.statistics.file().source()), names);
  if (failed(started))
    return failure();
  replay = std::move(*started);
  return success();
}

FailureOr<Attempt> OrderedFit::attempt(const ReplayGroup &group, ArrayRef<float> correction,
                                       double share) {
  Attempt result;
  result.share = share;
  for (const std::string &name : group.weights) {
    LinearWeight &weight = byName.lookup(name)->first;
    OutputRows rows(weight);
    std::vector<float> target = rows.gather(weight);
    if (share != 0)
      target = correctedTarget(target, rows.outputs(), correction, share);
    FailureOr<FittedWeight> fitted = fit(weight, *record, std::move(target));
    if (failed(fitted))
      return failure();
    replay->change(name, fitted->rows);
    result.weights.push_back(std::move(*fitted));
  }
  return result;
}

FailureOr<Attempt> OrderedFit::bestAttempt(const ReplayGroup &group, ArrayRef<float> correction) {
  Attempt best;
  for (double share : shares) {
    auto found = attempt(group, correction, share);
    if (failed(found))
      return failure();
    auto kls = replay->divergences(mostCompared);
    if (!kls)
      return check(kls.takeError());
    found->kl = std::accumulate(kls->begin(), kls->end(), 0.0) / double(kls->size());
    if (best.weights.empty() || found->kl < best.kl)
      best = std::move(*found);
  }
  return best;
}

void OrderedFit::keep(const ReplayGroup &group, Attempt &best, bool isCompared) {
  for (auto [name, fitted] : llvm::zip_equal(group.weights, best.weights)) {
    replay->change(name, fitted.rows);
    fitted.store([&](remark::detail::InFlightRemark &remark) {
      remark << remark::metric("block", group.block) << remark::metric("correction", best.share);
      if (isCompared)
        remark << remark::metric("kl_so_far", best.kl);
    });
    done.insert(name);
  }
  if (isCompared)
    lastKl = best.kl;
}

LogicalResult OrderedFit::fitGroup(const ReplayGroup &group) {
  while (replay->current() < group.block)
    if (failed(check(replay->advance())))
      return failure();
  ReplayedSums sums(group.inputs);
  auto add = [&](const ReplayedRows &rows) -> llvm::Error {
    if (llvm::Error error = sums.add(rows))
      return llvm::createStringError("what '" + group.weights.front() + "' is multiplied with " +
                                     llvm::toString(std::move(error)));
    return llvm::Error::success();
  };
  if (failed(check(replay->observe(group, add))))
    return failure();
  const StatisticsRecord &known = *byName.lookup(group.weights.front())->second;
  auto next = std::make_unique<StatisticsRecord>(sums.record(known));
  record = std::move(next);
  std::optional<std::vector<float>> correction;
  if (sums.isChanged())
    correction = targetCorrection(Hessian::of(record->fitted, group.inputs), sums.cross(),
                                  usualDamping(*record));
  auto best = correction ? bestAttempt(group, *correction) : attempt(group, {}, 0);
  if (failed(best))
    return failure();
  keep(group, *best, correction.has_value());
  return success();
}

LogicalResult OrderedFit::fitOthers() {
  for (auto &[weight, known] : measured.list) {
    if (done.contains(weight.name()))
      continue;
    std::string why = replay->whyNot(weight.name());
    FailureOr<FittedWeight> fitted = fit(weight, *known, OutputRows(weight).gather(weight));
    if (failed(fitted))
      return failure();
    fitted->store([&](remark::detail::InFlightRemark &remark) {
      remark << remark::reason("fitted to the model as it was: {0}", why);
    });
  }
  return success();
}

void OrderedFit::report() {
  remark::analysis(module.getLoc(), remark::RemarkOpts::name(method).category("compress"))
      << remark::metric("blocks", replay->blocks())
      << remark::metric("replayed", int64_t(done.size())) << remark::metric("kl_so_far", lastKl);
}

LogicalResult OrderedFit::run() {
  if (failed(start()))
    return failure();
  for (const ReplayGroup &group : replay->groups())
    if (failed(fitGroup(group)))
      return failure();
  if (failed(fitOthers()))
    return failure();
  report();
  return success();
}

LogicalResult retort::fitInOrder(ModuleOp module, StringRef method, MeasuredWeights &measured,
                                 FitWeight fit) {
  return OrderedFit(module, method, measured, fit).run();
}
