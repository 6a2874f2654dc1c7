// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Windows of text that are read through a model block by block.
#include "lib/Run/TextReplay.h"
#include "lib/Run/HeldWindows.h"
#include "lib/Run/MeanDivergence.h"
#include "lib/Run/SpilledTensor.h"
#include "lib/Run/TextLayers.h"
#include "lib/Run/TextScore.h"
#include "lib/Run/WindowGraph.h"

#include "dialects/Retort/Retort.h"

using namespace mlir;
using namespace retort;
using runtime::Tensor;

llvm::Expected<std::unique_ptr<TextReplay>> TextReplay::create(ModuleOp module,
                                                               ArrayRef<std::string> weights,
                                                               ReplayWindows windows,
                                                               StringRef targetCpu) {
  auto graph = WindowGraph::of(module, windows, targetCpu);
  if (!graph)
    return graph.takeError();
  auto chain =
      BlockChain::create(std::move(graph->module), graph->logits, weights, targetCpu.str());
  if (!chain)
    return chain.takeError();
  std::unique_ptr<TextReplay> result(new TextReplay(std::move(*chain)));
  for (auto [place, each] : llvm::enumerate(graph->inputs))
    result->windows.push_back({std::move(each), {}, {}, {}, windows.isHeld(place)});
  return std::move(result);
}

void TextReplay::change(StringRef weight, ArrayRef<float> rows) {
  changes[weight] = chain->tensorOf(weight, rows);
}

llvm::Error TextReplay::see(const ReplayGroup &group, const Window &window,
                            llvm::function_ref<llvm::Error(const ReplayedRows &)> see) {
  auto original = chain->run(block, window.original, window.inputs, {});
  if (!original)
    return original.takeError();
  std::vector<Tensor> *changed = &*original;
  llvm::Expected<std::vector<Tensor>> other((std::vector<Tensor>()));
  if (isChanged(window)) {
    other = chain->run(block, window.changed, window.inputs, changes);
    if (!other)
      return other.takeError();
    changed = &*other;
  }
  for (size_t place : chain->outputsOf(group)) {
    int64_t count = (*original)[place].count() / group.inputs;
    Tensor before = (*original)[place].floatRows(0, count),
           now = changed == &*original ? before : (*changed)[place].floatRows(0, count);
    if (llvm::Error error = see({window.isHeld, before.as<float>(), now.as<float>(), count}))
      return error;
  }
  return llvm::Error::success();
}

llvm::Error TextReplay::observe(const ReplayGroup &group,
                                llvm::function_ref<llvm::Error(const ReplayedRows &)> each) {
  for (const Window &window : windows)
    if (llvm::Error error = see(group, window, each))
      return error;
  return llvm::Error::success();
}

/// The current block with the changes, then those behind it as they were.
llvm::Expected<Tensor> TextReplay::logitsFrom(const Window &window, Tensor stream,
                                              const Changes &first) {
  for (size_t next = block; next < chain->size(); ++next) {
    auto outputs = chain->run(next, stream, window.inputs, next == block ? first : Changes());
    if (!outputs)
      return outputs.takeError();
    stream = outputs->front();
  }
  return stream.floatRows(0, stream.count() / stream.shape().back());
}

llvm::Expected<std::vector<double>> TextReplay::divergences(size_t most) {
  std::vector<double> result;
  for (Window *window : heldWindows(windows, most)) {
    if (!window->logits.isGiven()) {
      auto logits = logitsFrom(*window, window->original, {});
      if (!logits)
        return logits.takeError();
      window->logits = spilled(*logits);
    }
    auto logits = logitsFrom(*window, window->changed, changes);
    if (!logits)
      return logits.takeError();
    result.push_back(meanDivergence(*logits, window->logits));
  }
  return result;
}

llvm::Error TextReplay::advance() {
  for (Window &window : windows) {
    Tensor original, changed;
    if (needsOriginal) {
      auto outputs = chain->run(block, window.original, window.inputs, {});
      if (!outputs)
        return outputs.takeError();
      changed = original = spilled(outputs->front());
    }
    if (isChanged(window)) {
      auto outputs = chain->run(block, window.changed, window.inputs, changes);
      if (!outputs)
        return outputs.takeError();
      changed = spilled(outputs->front());
    }
    window.original = original;
    window.changed = changed;
  }
  changes.clear();
  ++block;
  return llvm::Error::success();
}

void TextReplay::restart() {
  needsOriginal = llvm::any_of(windows, [](const Window &each) { return !each.logits.isGiven(); });
  for (Window &window : windows)
    window.original = window.changed = Tensor();
  changes.clear();
  block = 0;
}

namespace {
struct ReplaysText : ReplaysModels {
  using ReplaysModels::ReplaysModels;
  llvm::Expected<std::unique_ptr<ModelReplay>>
  replay(ModuleOp module, ArrayRef<std::string> weights, ReplayWindows windows) const override {
    return TextReplay::create(module, weights, std::move(windows));
  }
};
} // namespace

void retort::registerReplay(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *, RetortDialect *dialect) {
    dialect->addInterface(std::make_unique<ReplaysText>(dialect));
    dialect->addInterface(std::make_unique<ScoresText>(dialect));
    dialect->addInterface(std::make_unique<ReplaysTextLayers>(dialect));
  });
}
