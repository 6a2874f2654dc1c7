// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Fits all that may stand in the place of one attention.
#include "lib/Compress/ReplaceAttentionByRetention/LayerFit.h"

#include <algorithm>
#include <cmath>

using namespace mlir;
using namespace retort;

/// Decays are chosen by few rows: they are few numbers.
static constexpr int64_t windowsOfDecays = 12;

namespace {
/// Places in observedValues.
enum Observed { Input, Query, Key, Value_, Merged, Output };
} // namespace

SmallVector<Value> retort::observedValues(const AttentionSite &site) {
  retort::llm::AttentionOp op = site.op;
  return {site.input, op.getQuery(), op.getKey(), op.getValue(), site.merged, site.output()};
}

LayerFit::LayerFit(const AttentionSite &site, std::vector<Substitute> sized,
                   std::vector<float> output)
    : site(site), output(std::move(output)) {
  for (Substitute &each : sized) {
    int64_t count = featuresOf(each);
    tasks.push_back({{std::move(each)}, RidgeSums(count, site.outputs()), nullptr});
  }
}

/// Behind all others 1, where there is a bias.
static bool hasBias(SubstituteKind kind) {
  return kind == SubstituteKind::Affine || kind == SubstituteKind::Retention ||
         kind == SubstituteKind::Hybrid || kind == SubstituteKind::WindowAverage;
}

int64_t LayerFit::featuresOf(const Substitute &substitute) const {
  int64_t heads = site.heads(), groups = site.groups(), width = site.valueWidth();
  int64_t count = (substitute.rounds * (heads + groups) + substitute.averages * groups) * width +
                  hasBias(substitute.kind);
  if (substitute.isWindow())
    count += heads * width;
  if (substitute.kind == SubstituteKind::Affine)
    count += site.inputs();
  return count;
}

AttentionRows LayerFit::rowsOf(ArrayRef<ReplayedTensor> values) const {
  retort::llm::AttentionOp op = site.op;
  return {values[Query].data, values[Key].data,  values[Value_].data,
          site.heads(),       site.groups(),     values[Query].shape[2],
          site.keyWidth(),    site.valueWidth(), op.getScale().convertToFloat()};
}

/// The attention itself, computed here, has to be what the graph gives.
static llvm::Error checkAttention(const AttentionRows &rows, const float *merged) {
  std::vector<float> mine(rows.rows * rows.heads * rows.valueWidth);
  int64_t stride = rows.heads * rows.valueWidth;
  for (int64_t head = 0; head < rows.heads; ++head)
    attendTo(rows, head, 0, rows.rows, {mine.data() + head * rows.valueWidth, stride});
  float most = 0, off = 0;
  for (size_t i = 0; i < mine.size(); ++i) {
    most = std::max(most, std::abs(merged[i]));
    off = std::max(off, std::abs(merged[i] - mine[i]));
  }
  if (off <= 5e-3f * most) // values may be of 16 bits
    return llvm::Error::success();
  return llvm::createStringError(
      "expects heads that lie beside each other, and the softmax of queries and keys alone");
}

void LayerFit::seeDecays(const ReplayedValues &values, DecayFit *decays) {
  if (values.isHeld || seen++ >= windowsOfDecays)
    return;
  AttentionRows rows = rowsOf(values.changed);
  const float *merged = values.original[Merged].data;
  if (decays)
    decays->add(rows, merged);
  int64_t stride = rows.heads * rows.valueWidth;
  for (Task &task : tasks) {
    if (!task.averages)
      continue;
    features.resize(rows.rows * stride);
    writeWindow(task.fitted.substitute, rows, features.data(), stride);
    for (size_t i = 0; i < features.size(); ++i)
      features[i] = merged[i] - features[i];
    task.averages->add(rows, features.data());
  }
}

llvm::Error LayerFit::chooseDecays(LayerReplay &replay) {
  int64_t heads = site.heads(), groups = site.groups(), width = site.valueWidth();
  std::unique_ptr<DecayFit> decays;
  bool hasAverages = false;
  for (Task &task : tasks) {
    if (task.fitted.substitute.rounds && !decays)
      decays = std::make_unique<DecayFit>(heads, groups, width);
    if (!task.fitted.substitute.averages)
      continue;
    task.averages = std::make_unique<DecayFit>(heads, groups, width, /*asksQueries=*/false);
    hasAverages = true;
  }
  if (!decays && !hasAverages)
    return llvm::Error::success();
  if (llvm::Error error = replay.observe([&](const ReplayedValues &values) {
        seeDecays(values, decays.get());
        return llvm::Error::success();
      }))
    return error;
  for (Task &task : tasks) {
    Substitute &substitute = task.fitted.substitute;
    if (substitute.rounds)
      substitute.logDecays = decays->choose(substitute.rounds);
    if (task.averages)
      substitute.averageDecays = task.averages->choose(substitute.averages);
    task.averages.reset();
  }
  return llvm::Error::success();
}

void LayerFit::writeWindow(const Substitute &substitute, const AttentionRows &rows, float *at,
                           int64_t stride) const {
  for (int64_t head = 0; head < rows.heads; ++head)
    attendTo(rows, head, substitute.sinks, substitute.window,
             {at + head * rows.valueWidth, stride});
}

/// In the order of Replacement::runSeparated and runAverages.
void LayerFit::writeRetention(const Substitute &substitute, const AttentionRows &rows, float *at,
                              int64_t stride) const {
  int64_t width = rows.valueWidth;
  for (int64_t i = 0; i < int64_t(substitute.logDecays.size()); ++i) {
    double decay = substitute.logDecays[i];
    int64_t group = i % rows.groups;
    for (int64_t head = group * rows.perGroup(); head < (group + 1) * rows.perGroup(); ++head) {
      retain(rows, head, decay, {at, stride});
      at += width;
    }
    average(rows, group, decay, {at, stride});
    at += width;
  }
  for (int64_t i = 0; i < int64_t(substitute.averageDecays.size()); ++i, at += width)
    average(rows, i % rows.groups, substitute.averageDecays[i], {at, stride});
}

void LayerFit::writeFeatures(const Substitute &substitute, const AttentionRows &rows,
                             const float *input) {
  int64_t stride = featuresOf(substitute), begin = 0;
  features.resize(rows.rows * stride);
  if (substitute.isWindow()) {
    writeWindow(substitute, rows, features.data(), stride);
    begin = rows.heads * rows.valueWidth;
  }
  writeRetention(substitute, rows, features.data() + begin, stride);
  for (int64_t row = 0; row < rows.rows; ++row) {
    if (substitute.kind == SubstituteKind::Affine)
      std::copy_n(input + row * site.inputs(), site.inputs(), features.data() + row * stride);
    if (hasBias(substitute.kind))
      features[(row + 1) * stride - 1] = 1;
  }
}

llvm::Error LayerFit::seeSums(const ReplayedValues &values) {
  if (values.original[Query].shape[0] != 1)
    return llvm::createStringError("expects texts one by one");
  if (tasks.front().sums.fitted.rows == 0)
    if (llvm::Error error = checkAttention(rowsOf(values.original), values.original[Merged].data))
      return error;
  AttentionRows rows = rowsOf(values.changed);
  const float *target = values.original[Output].data;
  for (int64_t i = 0; i < rows.rows * site.outputs(); ++i)
    if (!std::isfinite(target[i]))
      return llvm::createStringError("expects finite numbers, found another one");
  for (Task &task : tasks) {
    writeFeatures(task.fitted.substitute, rows, values.changed[Input].data);
    task.sums.add(values.isHeld, rows.rows, features.data(), target);
  }
  return llvm::Error::success();
}

void LayerFit::solve(Task &task) {
  Substitute &substitute = task.fitted.substitute;
  std::vector<float> start;
  if (substitute.isWindow()) { // what is behind the window counts from zero on
    start = output;
    start.resize(task.sums.features * task.sums.outputs);
  }
  if (substitute.kind == SubstituteKind::Delete) {
    task.fitted.error = errorOf(task.sums, {});
    return;
  }
  RidgeResult found = fitRidge(task.sums, start);
  task.fitted.error = found.error;
  task.fitted.ridge = found.ridge;
  if (hasBias(substitute.kind)) {
    substitute.bias.assign(found.weights.end() - site.outputs(), found.weights.end());
    found.weights.resize(found.weights.size() - site.outputs());
  }
  substitute.weights = std::move(found.weights);
}

llvm::Expected<std::vector<FittedSubstitute>> LayerFit::fit(LayerReplay &replay) {
  seen = 0;
  if (llvm::Error error = chooseDecays(replay))
    return std::move(error);
  if (llvm::Error error =
          replay.observe([&](const ReplayedValues &values) { return seeSums(values); }))
    return std::move(error);
  std::vector<FittedSubstitute> result;
  for (Task &task : tasks) {
    solve(task);
    result.push_back(std::move(task.fitted));
  }
  return std::move(result);
}
