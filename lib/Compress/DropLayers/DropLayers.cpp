// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Removes layers.
//
//   %a = onnx.Add(%x, attention(norm(%x))), %b = onnx.Add(%a, mlp(norm(%a))), head(%b)
//   ==> compress-drop-layers{what=mlp layers=0}
//   %a = onnx.Add(%x, attention(norm(%x))), head(%a)
#include "lib/Compress/DropLayers/SegmentRemoval.h"
#include "lib/Statistics/WeightStatistics.h"
#include "lib/Weights/Remark.h"

#include "dialects/Onnx/Shape/SymbolicDims.h"

#include "mlir/Pass/Pass.h"
#include "llvm/ADT/StringExtras.h"

#include <cmath>

namespace retort {
#define GEN_PASS_DECL
#define GEN_PASS_DEF_DROPLAYERSPASS
#include "lib/Compress/DropLayers/DropLayers.h.inc"
} // namespace retort

using namespace mlir;
using namespace retort;

namespace {
struct Layer {
  int64_t number = 0;
  SegmentRange range;
  SegmentRemoval removal;
  Refusal why;
  std::optional<double> influence = std::nullopt;
};

/// A weight that goes with a layer.
struct LostWeight {
  std::string name;
  Location loc;
  uint64_t bytes;
  const Layer *layer;
};

struct DropLayersPass : retort::impl::DropLayersPassBase<DropLayersPass> {
  using Base::Base;
  LogicalResult checkOptions();
  FailureOr<SmallVector<Layer *>> choose(std::vector<Layer> &all);
  FailureOr<SmallVector<Layer *>> chooseListed(std::vector<Layer> &all);
  LogicalResult measure(std::vector<Layer> &all);
  std::vector<LostWeight> weightsOf(ArrayRef<Layer *> layers);
  LogicalResult drop();
  void report(ArrayRef<LostWeight> weights, const RemovedStates &states);
  void runOnOperation() override;
};
} // namespace

LogicalResult DropLayersPass::checkOptions() {
  ModuleOp module = getOperation();
  int given = (count != 0) + (ratio != 0) + !layers.empty();
  if (given != 1)
    return module.emitError() << "expects one of 'count', 'ratio' and 'layers', found "
                              << (given ? "several" : "none");
  if (count < 0)
    return module.emitError() << "expects 'count' of 1 or more, found " << int64_t(count);
  if (ratio != 0 && !(ratio > 0 && ratio < 1))
    return module.emitError() << "expects 'ratio' in (0, 1), found " << shortNumber(ratio);
  if (!llvm::is_contained({"block", "attention", "mlp"}, what.getValue()))
    return module.emitError() << "expects 'what' to be block, attention or mlp, found '" << what
                              << "'";
  return success();
}

/// What may go, by the option `what`.
static std::vector<Layer> layersOf(func::FuncOp function, ArrayRef<ResidualSegment> segments,
                                   StringRef what) {
  onnx::SymbolicDims dims(function);
  std::vector<SegmentRange> ranges;
  if (what == "block")
    ranges = blocksOf(segments);
  for (auto [i, segment] : llvm::enumerate(segments))
    if (segment.branches == 1 && what != "block" &&
        (segment.mixesRows || segment.readsOthers) == (what == "attention"))
      ranges.push_back({int64_t(i), 1});
  std::vector<Layer> layers;
  for (SegmentRange range : ranges) {
    SegmentRemoval removal(segments.slice(range.first, range.count));
    Refusal why = removal.whyNot(dims);
    layers.push_back({int64_t(layers.size()), range, std::move(removal), std::move(why)});
  }
  return layers;
}

LogicalResult DropLayersPass::measure(std::vector<Layer> &all) {
  auto statistics = WeightStatistics::of(getOperation(), getArgument(), KeptSums::Moments);
  if (failed(statistics))
    return failure();
  for (Layer &layer : all) {
    const StreamCosine *seen =
        statistics->file().findSegments(layer.range.first, layer.range.count);
    if (!seen)
      return getOperation().emitError()
             << "'" << getArgument() << "' expects statistics of the residual stream, found none "
             << "of layer " << layer.number << ": `retort calibrate` measures them anew";
    layer.influence = seen->influence();
  }
  return success();
}

FailureOr<SmallVector<Layer *>> DropLayersPass::chooseListed(std::vector<Layer> &all) {
  SmallVector<Layer *> chosen;
  for (int64_t number : layers) {
    if (number < 0 || number >= int64_t(all.size()))
      return getOperation().emitError()
             << "expects 'layers' from 0 to " << int64_t(all.size()) - 1 << ", found " << number;
    Layer &layer = all[number];
    if (!layer.why.empty())
      return getOperation().emitError() << "layer " << number << " cannot go: " << layer.why.reason;
    if (!llvm::is_contained(chosen, &layer))
      chosen.push_back(&layer);
  }
  return chosen;
}

FailureOr<SmallVector<Layer *>> DropLayersPass::choose(std::vector<Layer> &all) {
  if (!layers.empty())
    return chooseListed(all);
  if (failed(measure(all)))
    return failure();
  SmallVector<Layer *> chosen;
  for (Layer &layer : all)
    if (layer.why.empty())
      chosen.push_back(&layer);
    else
      weightMissed(getOperation().getLoc(), getArgument(), "layer " + std::to_string(layer.number))
          << remark::reason("{0}", layer.why.reason);
  int64_t wanted = count ? int64_t(count) : std::llround(ratio * double(all.size()));
  if (wanted < 1 || wanted > int64_t(chosen.size()))
    return getOperation().emitError()
           << "'" << getArgument() << "' expects to remove 1 to " << int64_t(chosen.size())
           << " of " << int64_t(all.size()) << " layers, found " << wanted;
  llvm::sort(chosen, [](const Layer *a, const Layer *b) {
    return std::make_pair(*a->influence, a->number) < std::make_pair(*b->influence, b->number);
  });
  chosen.resize(wanted);
  return chosen;
}

/// Weights that these layers alone read.
std::vector<LostWeight> DropLayersPass::weightsOf(ArrayRef<Layer *> layers) {
  std::vector<LostWeight> lost;
  auto weights = selectLinearWeights(getOperation(), getArgument(), ".", "");
  if (failed(weights))
    return lost;
  for (const LinearWeight &weight : *weights) {
    const Layer *owner = nullptr;
    bool isOwned = llvm::all_of(weight.uses(), [&](const WeightUse &use) {
      auto layer = llvm::find_if(
          layers, [&](const Layer *each) { return each->removal.contains(use.op()); });
      if (layer != layers.end())
        owner = *layer;
      return layer != layers.end();
    });
    if (isOwned && owner)
      lost.push_back({weight.name().str(), weight.loc(), weight.bytes(), owner});
  }
  return lost;
}

void DropLayersPass::report(ArrayRef<LostWeight> weights, const RemovedStates &states) {
  for (const LostWeight &weight : weights) {
    auto remark = weightPassed(weight.loc, getArgument(), weight.name, {weight.bytes, 0, 1});
    remark << remark::metric("layer", weight.layer->number);
    if (weight.layer->influence)
      remark << remark::metric("influence", *weight.layer->influence);
  }
  if (!states.inputs.empty() || !states.outputs.empty())
    emitRemark(getOperation().getLoc())
        << "inputs and outputs go with their layers: "
        << llvm::join(llvm::concat<const std::string>(states.inputs, states.outputs), ", ");
}

LogicalResult DropLayersPass::drop() {
  ModuleOp module = getOperation();
  auto function = module.lookupSymbol<func::FuncOp>("main");
  if (!function || function.isExternal())
    return module.emitError() << "expects a function 'main'";
  std::vector<ResidualSegment> segments = residualSegments(function);
  std::vector<Layer> all = layersOf(function, segments, what);
  if (all.empty())
    return module.emitError() << "'" << getArgument() << "' finds no layers (" << what
                              << "): no sum of a value and of what weights make of it";
  auto chosen = choose(all);
  if (failed(chosen))
    return failure();
  if (chosen->size() == all.size())
    return module.emitError() << "'" << getArgument() << "' expects to leave some of "
                              << int64_t(all.size()) << " layers";
  // The last first: what stands before it is read until then.
  llvm::sort(*chosen, [](const Layer *a, const Layer *b) { return a->number > b->number; });
  std::vector<LostWeight> weights = weightsOf(*chosen);
  IRRewriter rewriter(module.getContext());
  std::vector<SegmentRemoval> removals;
  for (Layer *layer : *chosen) {
    layer->removal.bypass(rewriter);
    removals.push_back(layer->removal);
  }
  RemovedStates states = eraseBypassed(rewriter, function, removals);
  report(weights, states);
  markStale(module, getArgument());
  return onnx::SymbolicDims().infer(function);
}

void DropLayersPass::runOnOperation() {
  if (failed(checkOptions()) || failed(drop()))
    signalPassFailure();
}
