// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What may stand in the place of an attention and of the product behind it.
//
//   %a = llm.attention(%q, %k, %v), %y = onnx.MatMul(merge(%a), %w)
//   ==> affine:     %y = onnx.Add(onnx.MatMul(%x, %w1), %b)
//   ==> window:     %y = onnx.MatMul(merge(llm.attention(%q, %k, %v mask %near)), %w1)
//   ==> retention:  %y = onnx.Add(onnx.MatMul(merge(llm.retention(%q1, %k1, %v)), %w1), %b)
#include "lib/Compress/ReplaceAttentionByRetention/Substitute.h"
#include "lib/Analysis/SinkWindow.h"
#include "lib/Compress/ReplaceAttentionByRetention/Replacement.h"
#include "lib/Train/TrainStudent.h"

#include "dialects/Onnx/Build.h"
#include "dialects/Onnx/Constants.h"
#include "dialects/Onnx/ValueNames.h"

using namespace mlir;
using namespace retort;

static constexpr std::pair<SubstituteKind, llvm::StringLiteral> names[] = {
    {SubstituteKind::Delete, "delete"},
    {SubstituteKind::Affine, "affine"},
    {SubstituteKind::Window, "window"},
    {SubstituteKind::SinksWindow, "sinks-window"},
    {SubstituteKind::Retention, "retention"},
    {SubstituteKind::Hybrid, "hybrid"},
    {SubstituteKind::WindowAverage, "window-average"},
};

StringRef retort::nameOf(SubstituteKind kind) {
  return llvm::find_if(::names, [&](const auto &each) { return each.first == kind; })->second;
}

std::vector<SubstituteKind> retort::allSubstitutes() {
  std::vector<SubstituteKind> all;
  for (const auto &each : ::names)
    all.push_back(each.first);
  return all;
}

std::optional<SubstituteKind> retort::substituteNamed(StringRef name) {
  auto *found = llvm::find_if(::names, [&](const auto &each) { return each.second == name; });
  return found == std::end(::names) ? std::nullopt : std::optional(found->first);
}

int64_t retort::bytesOfRound(const AttentionSite &site) {
  return 4 * site.groups() * (site.keyWidth() + 1) * site.valueWidth();
}

int64_t retort::bytesOfAverage(const AttentionSite &site) {
  return 4 * site.groups() * site.valueWidth();
}

int64_t Substitute::stateBytes(const AttentionSite &site, int64_t tokens) const {
  if (kind == SubstituteKind::Keep)
    return tokens * site.bytesOfToken();
  return (sinks + window) * site.bytesOfToken() + rounds * bytesOfRound(site) +
         averages * bytesOfAverage(site);
}

std::optional<Substitute> retort::sizedSubstitute(SubstituteKind kind, const AttentionSite &site,
                                                  int64_t stateBytes) {
  Substitute result;
  result.kind = kind;
  // More rounds than decays that differ would add nothing.
  int64_t rounds = std::min<int64_t>(stateBytes / bytesOfRound(site), mostRounds);
  if (kind == SubstituteKind::Retention)
    result.rounds = rounds;
  else if (kind == SubstituteKind::Hybrid) // half of the bytes each
    result.rounds = rounds / 2;
  if (result.isRetention() && result.rounds == 0)
    return std::nullopt;
  if (!result.isWindow())
    return result;
  if (kind == SubstituteKind::WindowAverage) // little, for what is far
    result.averages = 2;
  int64_t tokens =
      (stateBytes - result.rounds * bytesOfRound(site) - result.averages * bytesOfAverage(site)) /
      site.bytesOfToken();
  if (kind == SubstituteKind::SinksWindow)
    result.sinks = std::min<int64_t>(4, tokens / 4);
  result.window = tokens - result.sinks;
  bool isPossible = result.window > 0 && (kind != SubstituteKind::SinksWindow || result.sinks > 0);
  return isPossible ? std::optional(result) : std::nullopt;
}

namespace {
/// The writing of one substitute.
class SubstituteWriter {
public:
  SubstituteWriter(const AttentionSite &site, const Substitute &substitute, StringRef prefix)
      : site(site), substitute(substitute), prefix(prefix), rewriter(site.op->getContext()),
        b(rewriter, site.product->getLoc()) {}
  void run();

private:
  Value constant(StringRef suffix, ArrayRef<int64_t> shape, ArrayRef<float> numbers);
  void hideFar();
  Value decays(ArrayRef<float> logDecays);
  Value retained();
  Value averaged();
  Value features();

  AttentionSite site;
  const Substitute &substitute;
  std::string prefix;
  IRRewriter rewriter;
  OnnxBuilder b;
};
} // namespace

/// In the element type of the layer.
Value SubstituteWriter::constant(StringRef suffix, ArrayRef<int64_t> shape,
                                 ArrayRef<float> numbers) {
  Value value = createFloats(rewriter, b.location(), prefix + suffix.str(), shape, numbers);
  return b.cast(value, cast<RankedTensorType>(site.output().getType()).getElementType());
}

void SubstituteWriter::hideFar() {
  rewriter.setInsertionPoint(site.op);
  SinkWindow shape{substitute.sinks, substitute.window};
  Value places = b.range(b.squeeze(b.size(site.op.getQuery(), 2), {0}));
  Value seen = shape.seesBefore(b, b.unsqueeze(places, {1}), b.unsqueeze(places, {0}));
  Value mask = site.op.getMask();
  site.op.getMaskMutable().assign(mask ? b.both(mask, seen) : seen);
  shape.setOn(site.op);
}

Value SubstituteWriter::decays(ArrayRef<float> logDecays) {
  auto type = RankedTensorType::get({1, int64_t(logDecays.size()), 1, 1}, rewriter.getF32Type());
  return makeConstantOp(rewriter, b.location(), DenseElementsAttr::get(type, logDecays));
}

Value SubstituteWriter::retained() {
  return Replacement(rewriter, site.op, {decays(substitute.logDecays), {}, {}})
      .runSeparated(substitute.rounds);
}

Value SubstituteWriter::averaged() {
  return Replacement(rewriter, site.op, {decays(substitute.averageDecays), {}, {}})
      .runAverages(substitute.averages);
}

/// What the new projection is multiplied with.
Value SubstituteWriter::features() {
  switch (substitute.kind) {
  case SubstituteKind::Retention:
    return retained();
  case SubstituteKind::WindowAverage:
  case SubstituteKind::Hybrid: {
    // Before the mask is that of the window.
    Value states = substitute.averages ? averaged() : retained();
    hideFar();
    rewriter.setInsertionPoint(site.product);
    return b.concat({site.merged, states}, 2);
  }
  case SubstituteKind::Window:
  case SubstituteKind::SinksWindow:
    hideFar();
    return site.merged;
  default:
    return site.input;
  }
}

void SubstituteWriter::run() {
  if (substitute.kind == SubstituteKind::Keep)
    return;
  rewriter.setInsertionPoint(site.product);
  Value given = features();
  rewriter.setInsertionPoint(site.product);
  int64_t outputs = site.outputs();
  Value output;
  if (substitute.weights.empty() && substitute.kind != SubstituteKind::Delete)
    return; // the projection stays
  std::vector<float> weights = substitute.weights;
  int64_t inputs = cast<RankedTensorType>(given.getType()).getDimSize(2);
  weights.resize(inputs * outputs);
  output = b.product(given, constant("_projection", {inputs, outputs}, weights));
  if (!substitute.bias.empty())
    output = b.add(output, constant("_bias", {outputs}, substitute.bias));
  onnx::replaceValue(rewriter, site.output(), output);
}

void retort::applySubstitute(const AttentionSite &site, const Substitute &substitute,
                             StringRef prefix) {
  SubstituteWriter(site, substitute, prefix).run();
}
