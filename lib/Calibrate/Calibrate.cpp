// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reads a sample of text through a model and says what the inputs of its weights are like.
#include "lib/Calibrate/Calibrate.h"
#include "lib/Calibrate/Accumulator.h"
#include "lib/Calibrate/Checkpoint.h"
#include "lib/Calibrate/Sensitivity.h"
#include "lib/Pipeline/Diagnostics.h"
#include "lib/Pipeline/Progress.h"
#include "lib/Runtime/Decoder.h"

using namespace retort;
using llvm::StringRef;
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
  /// The sums so far, and back. False where they are of other activations.
  void save(llvm::raw_ostream &stream) const;
  bool load(StringRef bytes);
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

void Observer::save(llvm::raw_ostream &stream) const {
  for (const Observation &each : all)
    for (const Accumulator *sums : {&each.fitted, &each.held})
      sums->save(stream);
}

bool Observer::load(StringRef bytes) {
  for (Observation &each : all)
    for (Accumulator *sums : {&each.fitted, &each.held})
      if (!sums->load(bytes))
        return false;
  return bytes.empty();
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

/// At most so many of the windows that methods fit to, from all over the sample.
static std::vector<text::TokenIds> spreadOver(const std::vector<text::TokenIds> &windows,
                                              int64_t most) {
  size_t fitted = fittedOf(windows), count = std::min(size_t(most), fitted);
  std::vector<text::TokenIds> chosen;
  for (size_t i = 0; i < count; ++i)
    chosen.push_back(windows[i * fitted / count]);
  return chosen;
}

namespace {
/// A calibration, which may be interrupted.
class Calibration {
public:
  Calibration(const ObservedModel &observed, const std::vector<text::TokenIds> &windows,
              int64_t sensitivityWindows, StringRef part, Progress *progress)
      : observed(&observed), windows(windows), observer(observed),
        chosen(spreadOver(windows, sensitivityWindows)), progress(progress),
        part(part.str(), observed.content + "/" + std::to_string(sensitivityWindows), windows) {
    if (!part.empty())
      interruption.emplace();
  }

  llvm::Error run(llvm::raw_ostream &stream);

private:
  llvm::Error readWindows();
  llvm::Error measure();
  /// An error where a user wants it to end. The file is written then.
  llvm::Error goOn(size_t windowsDone);
  bool load(StringRef bytes);
  void advance(double share) {
    if (progress)
      progress->advance(share);
  }

  const ObservedModel *observed;
  const std::vector<text::TokenIds> &windows;
  Observer observer;
  std::vector<StatisticsRecord> records;
  std::vector<text::TokenIds> chosen;
  Progress *progress;
  Checkpoint part;
  std::optional<Interruption> interruption;
  SensitivityLists known; ///< of an earlier run
};
} // namespace

bool Calibration::load(StringRef bytes) {
  Observer fresh(*observed);
  auto [line, sums] = bytes.split('\n');
  auto lists = readSensitivityLists(line);
  if (!lists || !fresh.load(sums))
    return false;
  observer = std::move(fresh);
  known = std::move(*lists);
  return true;
}

llvm::Error Calibration::goOn(size_t done) {
  if (!interruption || !Interruption::isAsked())
    return llvm::Error::success();
  llvm::Error error = part.save(int64_t(done), [&](llvm::raw_ostream &stream) {
    writeSensitivityLists(records, stream);
    stream << "\n";
    observer.save(stream);
  });
  if (error)
    return error;
  return makeError("interrupted: '" + part.file() +
                   "' has what is done, and the same command goes on from there");
}

/// One call a window: the graph as it is, from an empty state.
llvm::Error Calibration::readWindows() {
  auto decoder = runtime::Decoder::ofGraph(
      *observed->model, [&](const std::vector<Tensor> &outputs) { observer.observe(outputs); });
  if (!decoder)
    return makeError(decoder.error());
  auto done = size_t(part.resume([&](StringRef bytes) { return load(bytes); }));
  advance(double(done) / double(windows.size()));
  for (size_t i = done; i < windows.size(); ++i) {
    observer.isHeld = i >= fittedOf(windows);
    (*decoder)->reset();
    if (auto logits = (*decoder)->feed(windows[i]); !logits)
      return makeError(logits.error());
    if (!observer.problem.empty())
      return makeError("window " + llvm::Twine(i + 1) + ": " + observer.problem +
                       ": expects finite numbers");
    advance(double(i + 1) / double(windows.size()));
    if (llvm::Error error = goOn(i + 1))
      return error;
  }
  return llvm::Error::success();
}

llvm::Error Calibration::measure() {
  for (size_t i = 0; i < std::min(records.size(), known.size()); ++i)
    if (known[i].size() <= records[i].weights.size())
      records[i].sensitivities = known[i];
  if (progress)
    progress->begin("sensitivity");
  return measureSensitivities(*observed, chosen, records, [&](double share) {
    advance(share);
    return share < 1 ? goOn(windows.size()) : llvm::Error::success();
  });
}

llvm::Error Calibration::run(llvm::raw_ostream &stream) {
  if (progress)
    progress->begin("calibrate");
  if (llvm::Error error = readWindows())
    return error;
  StatisticsSource source{
      observed->content, int64_t(windows.size()), int64_t(windows.front().size()), {}};
  for (const text::TokenIds &window : windows)
    llvm::append_range(source.tokens, window);
  records = observer.records();
  source.sensitivityWindows = int64_t(chosen.size());
  if (!chosen.empty())
    if (llvm::Error error = measure())
      return error;
  return writeStatistics(source, records, stream);
}

llvm::Error retort::calibrate(const ObservedModel &observed,
                              const std::vector<text::TokenIds> &windows,
                              std::optional<int64_t> sensitivityWindows, StringRef part,
                              llvm::raw_ostream &stream, Progress *progress) {
  int64_t asked = sensitivityWindows.value_or(
      usualSensitivityWindows(int64_t(windows.size()), int64_t(observed.weights.size())));
  return Calibration(observed, windows, asked, part, progress).run(stream);
}
