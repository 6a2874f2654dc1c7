// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reads a sample of text through a model and says what the inputs of its weights are like.
#include "lib/Calibrate/Calibrate.h"
#include "lib/Calibrate/Accumulator.h"
#include "lib/Calibrate/Sensitivity.h"
#include "lib/Pipeline/Diagnostics.h"
#include "lib/Pipeline/Progress.h"
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
  /// What was observed, in arrays of this object.
  std::vector<StatisticsRecord> records();

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

std::vector<StatisticsRecord> Observer::records() {
  std::vector<StatisticsRecord> result;
  for (Observation &each : all)
    result.push_back(
        {each.exposed->weights, each.inputs, each.fitted.moments(), each.held.moments(), {}});
  return result;
}

static size_t fittedOf(const std::vector<text::TokenIds> &windows) {
  return windows.size() - windows.size() / 8;
}

/// One call a window: the graph as it is, from an empty state.
static llvm::Error readWindows(runtime::Decoder &decoder, Observer &observer,
                               const std::vector<text::TokenIds> &windows, Progress *progress) {
  for (size_t i = 0; i < windows.size(); ++i) {
    observer.isHeld = i >= fittedOf(windows);
    decoder.reset();
    if (auto logits = decoder.feed(windows[i]); !logits)
      return makeError(logits.error());
    if (!observer.problem.empty())
      return makeError("window " + llvm::Twine(i + 1) + ": " + observer.problem +
                       ": expects finite numbers");
    if (progress)
      progress->advance(double(i + 1) / double(windows.size()));
  }
  return llvm::Error::success();
}

/// At most so many of the windows that methods fit to, from all over the sample.
static std::vector<text::TokenIds> spreadOver(const std::vector<text::TokenIds> &windows,
                                              int64_t most) {
  size_t fitted = fittedOf(windows), count = std::min(size_t(most), fitted);
  std::vector<text::TokenIds> chosen;
  for (size_t i = 0; i < count; ++i)
    chosen.push_back(windows[i * fitted / count]);
  return chosen;
}

llvm::Error retort::calibrate(const ObservedModel &observed,
                              const std::vector<text::TokenIds> &windows,
                              std::optional<int64_t> sensitivityWindows, llvm::raw_ostream &stream,
                              Progress *progress) {
  Observer observer(observed);
  auto decoder = runtime::Decoder::ofGraph(
      *observed.model, [&](const std::vector<Tensor> &outputs) { observer.observe(outputs); });
  if (!decoder)
    return makeError(decoder.error());
  if (progress)
    progress->begin("calibrate");
  if (llvm::Error error = readWindows(**decoder, observer, windows, progress))
    return error;
  StatisticsSource source{
      observed.content, int64_t(windows.size()), int64_t(windows.front().size()), {}};
  for (const text::TokenIds &window : windows)
    llvm::append_range(source.tokens, window);
  std::vector<StatisticsRecord> records = observer.records();
  int64_t asked = sensitivityWindows.value_or(
      usualSensitivityWindows(int64_t(windows.size()), int64_t(observed.weights.size())));
  std::vector<text::TokenIds> chosen = spreadOver(windows, asked);
  source.sensitivityWindows = int64_t(chosen.size());
  if (!chosen.empty()) {
    if (progress)
      progress->begin("sensitivity");
    auto advance = [&](double done) {
      if (progress)
        progress->advance(done);
    };
    if (llvm::Error error = measureSensitivities(observed, std::move(chosen), records, advance))
      return error;
  }
  return writeStatistics(source, records, stream);
}
