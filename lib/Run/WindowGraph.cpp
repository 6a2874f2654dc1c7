// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A graph whose inputs have the sizes of one window of text.
#include "lib/Run/WindowGraph.h"
#include "lib/Emit/Emit.h"
#include "lib/Emit/WeightLayout.h"
#include "lib/Run/BlockModule.h"
#include "lib/Run/FirstError.h"
#include "lib/Runtime/GraphInputs.h"

#include "dialects/Retort/Names.h"

using namespace mlir;
using namespace retort;
using runtime::Tensor;

/// What a function says of its inputs and outputs: a model of its type alone, which cannot run.
static llvm::Expected<std::unique_ptr<runtime::Model>> typeOfGraph(func::FuncOp graph,
                                                                   StringRef targetCpu) {
  Builder builder(graph.getContext());
  OwningOpRef<ModuleOp> module = ModuleOp::create(graph.getLoc());
  auto source = graph->getParentOfType<ModuleOp>();
  (*module)->setDiscardableAttrs(source->getDiscardableAttrDictionary());
  auto copy = cast<func::FuncOp>(graph->cloneWithoutRegions());
  copy.addEntryBlock();
  module->push_back(copy);
  SmallVector<Attribute> defaults;
  for (unsigned i = 0; i < copy.getNumArguments(); ++i)
    if (Attribute value = copy.getArgAttr(i, "onnx.default")) {
      copy.setArgAttr(i, names::defaultWeight, builder.getI64IntegerAttr(int64_t(defaults.size())));
      defaults.push_back(value);
    }
  (*module)->setAttr(names::weights, builder.getArrayAttr(defaults));
  EmitOptions options;
  options.targetCpu = targetCpu.str();
  auto text = buildManifest(*module, options);
  if (!text)
    return text.takeError();
  std::vector<runtime::WeightBytes> weights;
  for (const WeightPlace &place : layOutWeights(*module))
    weights.push_back({nullptr, place.bytes});
  auto resolve = [](const std::string &) -> runtime::Result<void *> {
    return runtime::Error{"has no code"};
  };
  auto model = runtime::Model::create(*text, resolve, weights, nullptr);
  if (!model)
    return llvm::createStringError(model.error());
  return std::move(*model);
}

static llvm::Expected<std::vector<std::vector<Tensor>>> inputsOf(const runtime::FunctionInfo &info,
                                                                 const ReplayWindows &windows) {
  std::vector<std::vector<Tensor>> result;
  for (const std::vector<int64_t> &tokens : windows.tokens) {
    auto inputs = runtime::inputsForText(info, tokens);
    if (!inputs)
      return llvm::createStringError(inputs.error());
    result.push_back(std::move(*inputs));
  }
  return result;
}

static std::vector<std::optional<std::vector<int64_t>>> shapesOf(ArrayRef<Tensor> tensors) {
  std::vector<std::optional<std::vector<int64_t>>> shapes;
  for (const Tensor &tensor : tensors)
    shapes.push_back(tensor.isGiven() ? std::optional(tensor.shape()) : std::nullopt);
  return shapes;
}

static func::FuncOp mainOf(ModuleOp module) {
  auto graph = module.lookupSymbol<func::FuncOp>("main");
  return graph && !graph.isExternal() ? graph : func::FuncOp();
}

llvm::Expected<OwningOpRef<ModuleOp>> WindowGraph::alike(ModuleOp other) const {
  FirstError error(other.getContext());
  auto sized = withInputShapes(mainOf(other), shapes);
  if (failed(sized))
    return error.take("its shapes cannot be inferred for such windows");
  return std::move(*sized);
}

llvm::Expected<WindowGraph> WindowGraph::of(ModuleOp module, const ReplayWindows &windows,
                                            StringRef targetCpu) {
  func::FuncOp graph = mainOf(module);
  if (!graph)
    return llvm::createStringError("expects a function 'main'");
  if (!llvm::all_of(graph.getArgumentTypes(), llvm::IsaPred<RankedTensorType>) ||
      !llvm::all_of(graph.getResultTypes(), llvm::IsaPred<RankedTensorType>))
    return llvm::createStringError("expects tensors of known rank as inputs and outputs");
  auto type = typeOfGraph(graph, targetCpu);
  if (!type)
    return type.takeError();
  const runtime::FunctionInfo &info = (*type)->function("main")->info();
  auto logits = runtime::logitsOutput(info);
  if (!logits)
    return llvm::createStringError(logits.error());
  auto inputs = inputsOf(info, windows);
  if (!inputs)
    return inputs.takeError();
  WindowGraph result{{}, unsigned(*logits), std::move(*inputs), {}};
  result.shapes = shapesOf(result.inputs.front());
  FirstError error(module.getContext());
  auto sized = withInputShapes(graph, result.shapes);
  if (failed(sized))
    return error.take("its shapes cannot be inferred for windows of " +
                      llvm::Twine(windows.tokens.front().size()) + " tokens");
  result.module = std::move(*sized);
  return std::move(result);
}
