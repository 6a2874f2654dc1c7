// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Windows of text that are read through a model of which blocks are exchanged.
//
// 1. The graph for one window is a row of blocks; what the layers are asked for are further results
//    of theirs.
// 2. Another model is cut at the same places, and only its current block is ever run.
// 3. All chains share their code: a layer of the same form as one before is not compiled again.
#include "lib/Run/TextLayers.h"
#include "lib/Run/HeldWindows.h"
#include "lib/Run/MeanDivergence.h"
#include "lib/Run/SpilledTensor.h"

using namespace mlir;
using namespace retort;
using runtime::Tensor;

llvm::Expected<std::unique_ptr<TextLayers>> TextLayers::create(ModuleOp module,
                                                               const ValuesOfLayers &valuesOf,
                                                               const ReplayWindows &windows,
                                                               StringRef targetCpu) {
  auto graph = WindowGraph::of(module, windows, targetCpu);
  if (!graph)
    return graph.takeError();
  std::unique_ptr<TextLayers> result(new TextLayers(std::move(*graph), targetCpu.str()));
  WindowGraph &sized = result->graph;
  auto values = valuesOf(sized.module->lookupSymbol<func::FuncOp>("main"));
  SmallVector<Value> all;
  for (const SmallVector<Value> &ofLayer : values)
    llvm::append_range(all, ofLayer);
  auto chain = BlockChain::create(std::move(sized.module), sized.logits, all, result->code,
                                  result->targetCpu);
  if (!chain)
    return chain.takeError();
  result->chain = std::move(*chain);
  for (const SmallVector<Value> &ofLayer : values) {
    auto &[block, places] = result->layers.emplace_back();
    for (auto [i, value] : llvm::enumerate(ofLayer)) {
      auto place = result->chain->placeOf(value);
      if (!place || (i > 0 && place->first != block))
        return llvm::createStringError("layer " + std::to_string(result->layers.size() - 1) +
                                       " is computed in several blocks");
      block = place->first;
      places.push_back(place->second);
    }
  }
  for (size_t place = 0; place < windows.tokens.size(); ++place)
    result->windows.push_back({place, {}, {}, {}, windows.isHeld(place)});
  return std::move(result);
}

llvm::Expected<std::unique_ptr<BlockChain>> TextLayers::chainOf(ModuleOp other) {
  auto sized = graph.alike(other);
  if (!sized)
    return sized.takeError();
  auto made =
      BlockChain::create(std::move(*sized), graph.logits, ArrayRef<Value>(), code, targetCpu);
  if (made && (*made)->size() != chain->size())
    return llvm::createStringError("a layer in another form is no longer one block of the model");
  return made;
}

llvm::Expected<Tensor> TextLayers::runBlock(BlockChain &blocks, const Window &window,
                                            const Tensor &stream) {
  auto outputs = blocks.run(block, stream, graph.inputs[window.place], {});
  if (!outputs)
    return outputs.takeError();
  return outputs->front();
}

/// The current block as one chain has it, then those behind it as they were.
llvm::Expected<Tensor> TextLayers::logitsFrom(const Window &window, BlockChain &first,
                                              Tensor stream) {
  for (size_t next = block; next < chain->size(); ++next) {
    BlockChain &blocks = next == block ? first : *chain;
    auto outputs = blocks.run(next, stream, graph.inputs[window.place], {});
    if (!outputs)
      return outputs.takeError();
    stream = outputs->front();
  }
  return stream.floatRows(0, stream.count() / stream.shape().back());
}

llvm::Error TextLayers::advance() {
  for (Window &window : windows) {
    auto original = runBlock(*chain, window, window.original);
    if (!original)
      return original.takeError();
    Tensor before = spilled(*original), behind = before;
    if (isChanged(window)) {
      auto other = runBlock(changed ? *changed : *chain, window, window.changed);
      if (!other)
        return other.takeError();
      behind = spilled(*other);
    }
    window.original = before;
    window.changed = behind;
  }
  changed.reset();
  ++block;
  return llvm::Error::success();
}

llvm::Error TextLayers::advanceTo(size_t wanted) {
  layer = wanted;
  while (block < layers[layer].first)
    if (llvm::Error error = advance())
      return error;
  return llvm::Error::success();
}

/// In f32.
llvm::Expected<std::vector<Tensor>> TextLayers::valuesOf(const Window &window,
                                                         const Tensor &stream) {
  auto outputs = chain->run(block, stream, graph.inputs[window.place], {});
  if (!outputs)
    return outputs.takeError();
  std::vector<Tensor> values;
  for (size_t place : layers[layer].second) {
    const Tensor &value = (*outputs)[place];
    Tensor floats = value.floatRows(0, value.count() / value.shape().back());
    values.push_back(floats.reshaped(value.shape()));
  }
  return values;
}

llvm::Error TextLayers::observe(llvm::function_ref<llvm::Error(const ReplayedValues &values)> see) {
  auto viewsOf = [](ArrayRef<Tensor> tensors) {
    SmallVector<ReplayedTensor> views;
    for (const Tensor &tensor : tensors)
      views.push_back({tensor.as<float>(), llvm::to_vector(tensor.shape())});
    return views;
  };
  for (const Window &window : windows) {
    auto original = valuesOf(window, window.original);
    if (!original)
      return original.takeError();
    SmallVector<ReplayedTensor> before = viewsOf(*original), now = before;
    std::vector<Tensor> kept;
    if (window.changed.data() != window.original.data()) {
      auto other = valuesOf(window, window.changed);
      if (!other)
        return other.takeError();
      kept = std::move(*other);
      now = viewsOf(kept);
    }
    if (llvm::Error error = see({window.isHeld, before, now}))
      return error;
  }
  return llvm::Error::success();
}

llvm::Expected<std::vector<double>> TextLayers::divergences(ModuleOp other, size_t most) {
  std::unique_ptr<BlockChain> made;
  if (other) {
    auto blocks = chainOf(other);
    if (!blocks)
      return blocks.takeError();
    made = std::move(*blocks);
  }
  std::vector<double> result;
  for (Window *window : heldWindows(windows, most)) {
    if (!window->logits.isGiven()) {
      auto logits = logitsFrom(*window, *chain, window->original);
      if (!logits)
        return logits.takeError();
      window->logits = spilled(*logits);
    }
    auto logits = logitsFrom(*window, made ? *made : changed ? *changed : *chain, window->changed);
    if (!logits)
      return logits.takeError();
    result.push_back(meanDivergence(*logits, window->logits));
  }
  return result;
}

llvm::Error TextLayers::change(ModuleOp other) {
  auto blocks = chainOf(other);
  if (!blocks)
    return blocks.takeError();
  changed = std::move(*blocks);
  return llvm::Error::success();
}

void TextLayers::restart() {
  for (Window &window : windows)
    window.original = window.changed = Tensor();
  changed.reset();
  block = layer = 0;
}

llvm::Expected<std::unique_ptr<LayerReplay>>
ReplaysTextLayers::replay(ModuleOp module, ValuesOfLayers values, ReplayWindows windows) const {
  return TextLayers::create(module, values, windows);
}
