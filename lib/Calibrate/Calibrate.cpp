// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reads a sample of text through a model and says what the inputs of its weights are like.
#include "lib/Calibrate/Calibrate.h"
#include "lib/Calibrate/Accumulator.h"
#include "lib/Pipeline/Diagnostics.h"
#include "lib/Runtime/Decoder.h"

using namespace retort;
using runtime::Tensor;

namespace {
/// One set of weights, and what it was multiplied with so far.
struct Observation {
  Observation(const ExposedActivations &exposed, int64_t inputs)
      : exposed(&exposed), inputs(inputs), fitted(inputs), held(inputs) {}

  const ExposedActivations *exposed;
  int64_t inputs;
  Accumulator fitted, held;
};

class Observer {
public:
  explicit Observer(const ObservedModel &observed);
  /// Takes the activations of one call.
  void observe(const std::vector<Tensor> &outputs);
  void write(const StatisticsSource &source, llvm::raw_ostream &stream);

  bool isHeld = false;
  std::string problem; ///< of the first call that had one

private:
  std::vector<Observation> all;
};
} // namespace

Observer::Observer(const ObservedModel &observed) {
  const auto &outputs = observed.model->function("main")->info().outputs;
  for (const ExposedActivations &exposed : observed.activations)
    if (int64_t inputs = outputs[exposed.outputs.front()].shape.back(); inputs > 0)
      all.emplace_back(exposed, inputs);
}

void Observer::observe(const std::vector<Tensor> &outputs) {
  for (Observation &each : all)
    for (int64_t output : each.exposed->outputs) {
      Tensor rows = outputs[output].floatRows(0, outputs[output].count() / each.inputs);
      Accumulator &sums = isHeld ? each.held : each.fitted;
      if (llvm::Error error = sums.add(rows.as<float>(), rows.count() / each.inputs)) {
        std::string what = llvm::toString(std::move(error));
        if (problem.empty())
          problem = "what '" + each.exposed->weights.front() + "' is multiplied with " + what;
      }
    }
}

void Observer::write(const StatisticsSource &source, llvm::raw_ostream &stream) {
  std::vector<StatisticsRecord> records;
  for (Observation &each : all)
    records.push_back(
        {each.exposed->weights, each.inputs, each.fitted.moments(), each.held.moments()});
  llvm::cantFail(writeStatistics(source, records, stream));
}

/// One call a window: the graph as it is, from an empty state.
static llvm::Error readWindows(runtime::Decoder &decoder, Observer &observer,
                               const std::vector<text::TokenIds> &windows,
                               const std::function<void(int64_t)> &progress) {
  size_t fitted = windows.size() - windows.size() / 8;
  for (size_t i = 0; i < windows.size(); ++i) {
    observer.isHeld = i >= fitted;
    decoder.reset();
    if (auto logits = decoder.feed(windows[i]); !logits)
      return makeError(logits.error());
    if (!observer.problem.empty())
      return makeError("window " + llvm::Twine(i + 1) + ": " + observer.problem +
                       ": expects finite numbers");
    if (progress)
      progress(int64_t(i) + 1);
  }
  return llvm::Error::success();
}

llvm::Error retort::calibrate(const ObservedModel &observed,
                              const std::vector<text::TokenIds> &windows, llvm::raw_ostream &stream,
                              const std::function<void(int64_t)> &progress) {
  Observer observer(observed);
  auto decoder = runtime::Decoder::ofGraph(
      *observed.model, [&](const std::vector<Tensor> &outputs) { observer.observe(outputs); });
  if (!decoder)
    return makeError(decoder.error());
  if (llvm::Error error = readWindows(**decoder, observer, windows, progress))
    return error;
  StatisticsSource source{
      observed.content, int64_t(windows.size()), int64_t(windows.front().size()), {}};
  for (const text::TokenIds &window : windows)
    llvm::append_range(source.tokens, window);
  observer.write(source, stream);
  return llvm::Error::success();
}
