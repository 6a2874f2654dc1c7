// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a model loses with other weights, before any of them is in the graph.
#include "lib/Replay/MeasureChanges.h"

#include <numeric>

using namespace mlir;
using namespace retort;

ReplayWindows retort::replayWindows(const StatisticsSource &source) {
  ReplayWindows windows;
  windows.held = size_t(source.windows / 8);
  auto next = source.tokens.begin();
  for (int64_t i = 0; i < source.windows && !source.tokens.empty(); ++i, next += source.context)
    windows.tokens.emplace_back(next, next + source.context);
  return windows;
}

FailureOr<std::unique_ptr<ModelReplay>> retort::startReplay(ModuleOp module, StringRef method,
                                                            StringRef option, ReplayWindows windows,
                                                            ArrayRef<std::string> weights) {
  auto error = [&] { return module.emitError() << "'" << method << "' "; };
  const ReplaysModels *host = ReplaysModels::of(module);
  if (!host)
    return error() << "expects a host that runs models for '" << option
                   << "': libRetortRun.so is a plugin that does, in place of libRetortPasses.so";
  if (windows.tokens.empty())
    return error() << "expects statistics with the tokens of their sample for '" << option
                   << "', found none";
  auto replay = host->replay(module, weights, std::move(windows));
  if (!replay)
    return error() << "cannot run the model for '" << option
                   << "': " << llvm::toString(replay.takeError());
  return std::move(*replay);
}

FailureOr<ChangeMeter> ChangeMeter::create(ModuleOp module, StringRef method, StringRef option,
                                           const StatisticsSource &source,
                                           ArrayRef<std::string> weights) {
  ReplayWindows windows = replayWindows(source);
  if (windows.held) {
    windows.tokens.erase(windows.tokens.begin(), windows.tokens.end() - windows.held);
    windows.held = windows.tokens.size();
  }
  auto replay = startReplay(module, method, option, std::move(windows), weights);
  if (failed(replay))
    return failure();
  for (const std::string &weight : weights)
    if (!llvm::any_of((*replay)->groups(), [&](const ReplayGroup &group) {
          return llvm::is_contained(group.weights, weight);
        }))
      return module.emitError() << "'" << method << "' cannot measure '" << weight << "' for '"
                                << option << "': " << (*replay)->whyNot(weight);
  return ChangeMeter(module, std::move(*replay));
}

FailureOr<double> ChangeMeter::measure(RowsOf rowsOf) {
  auto cannot = [&](llvm::Error error) {
    return module.emitError() << "cannot run the model: " << llvm::toString(std::move(error));
  };
  replay->restart();
  auto group = replay->groups().begin();
  for (; replay->current() < replay->blocks();) {
    for (; group != replay->groups().end() && group->block == replay->current(); ++group)
      for (const std::string &weight : group->weights) {
        FailureOr<std::vector<float>> rows = rowsOf(weight);
        if (failed(rows))
          return failure();
        replay->change(weight, *rows);
      }
    if (llvm::Error error = replay->advance())
      return cannot(std::move(error));
  }
  auto kls = replay->divergences(SIZE_MAX);
  if (!kls)
    return cannot(kls.takeError());
  return std::accumulate(kls->begin(), kls->end(), 0.0) / double(kls->size());
}
