// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Runs a sample through a model and says what the inputs of its weights are like.
#include "lib/Calibrate/Calibrate.h"
#include "lib/Calibrate/Checkpoint.h"
#include "lib/Calibrate/Observer.h"
#include "lib/Calibrate/OutputObserver.h"
#include "lib/Calibrate/Sensitivity.h"
#include "lib/Pipeline/Diagnostics.h"
#include "lib/Pipeline/Progress.h"
#include "lib/Support/Interruption.h"

using namespace retort;
using llvm::StringRef;

/// The windows that sensitivities are measured on.
static int64_t sensitivityWindowsOf(const ObservedModel &observed, const CalibrationSample &sample,
                                    const CalibrationOptions &options) {
  if (sample.windows.empty() || options.kept == KeptSums::Moments)
    return 0;
  return options.sensitivityWindows.value_or(
      usualSensitivityWindows(int64_t(sample.calls()), int64_t(observed.weights.size())));
}

/// At most so many of the windows that methods fit to, from all over the sample.
static std::vector<text::TokenIds> spreadOver(const CalibrationSample &sample, int64_t most) {
  size_t fitted = sample.fitted(), count = std::min(size_t(most), fitted);
  std::vector<text::TokenIds> chosen;
  for (size_t i = 0; i < count; ++i)
    chosen.push_back(sample.windows[i * fitted / count]);
  return chosen;
}

static std::string fingerprintOf(const ObservedModel &observed, const CalibrationSample &sample,
                                 const CalibrationOptions &options, size_t sensitivityWindows) {
  return observed.content + "/" + sample.hash() + "/" + std::to_string(sensitivityWindows) + "/" +
         (options.kept == KeptSums::Moments ? "moments" : "gram");
}

namespace {
/// A calibration, which may be interrupted.
class Calibration {
public:
  Calibration(const ObservedModel &observed, const CalibrationSample &sample,
              const CalibrationOptions &options, Progress *progress)
      : observed(&observed), sample(sample), options(options), observer(makeObserver()),
        chosen(spreadOver(sample, sensitivityWindowsOf(observed, sample, options))),
        progress(progress),
        part(options.part, fingerprintOf(observed, sample, options, chosen.size())) {
    if (!options.part.empty())
      interruption.emplace();
  }

  llvm::Error run(llvm::raw_ostream &stream);

private:
  Observer makeObserver() const { return {*observed, options.kept, options.scratchFolder}; }
  llvm::Error beginOutputs();
  llvm::Error readOne(SampleReader &reader, size_t call);
  llvm::Error readAll();
  llvm::Error measure();
  StatisticsSource source() const;
  /// An error where a user wants it to end. The file is written then.
  llvm::Error goOn(size_t callsDone);
  bool load(StringRef bytes);
  void advance(double share) {
    if (progress)
      progress->advance(share);
  }

  const ObservedModel *observed;
  const CalibrationSample &sample;
  const CalibrationOptions &options;
  Observer observer;
  std::unique_ptr<OutputObserver> outputs;  ///< null where no gradients are taken
  std::vector<runtime::Tensor> activations; ///< of the last call, where gradients are
  std::vector<StatisticsRecord> records;
  std::vector<text::TokenIds> chosen;
  Progress *progress;
  Checkpoint part;
  std::optional<Interruption> interruption;
  SensitivityLists known; ///< of an earlier run
};
} // namespace

bool Calibration::load(StringRef bytes) {
  Observer fresh = makeObserver();
  auto [line, sums] = bytes.split('\n');
  auto lists = readSensitivityLists(line);
  if (!lists || !fresh.load(sums) || (outputs ? !outputs->load(sums) : !sums.empty()))
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
    if (outputs)
      outputs->save(stream);
  });
  if (error)
    return error;
  return makeError("interrupted: '" + part.file() +
                   "' has what is done, and the same command goes on from there");
}

/// Where gradients are wanted, and can be derived.
llvm::Error Calibration::beginOutputs() {
  if (options.kept != KeptSums::TwoSided || (sample.windows.empty() && options.mayKeepLess))
    return llvm::Error::success();
  int64_t length = sample.windows.empty() ? 0 : int64_t(sample.windows.front().size());
  auto made = OutputObserver::create(*observed, length, options.scratchFolder);
  if (made) {
    outputs = std::move(*made);
    return llvm::Error::success();
  }
  std::string why = llvm::toString(made.takeError());
  if (!options.mayKeepLess)
    return makeError("no gradient for two-sided statistics: " + why);
  if (options.note)
    options.note("statistics are of inputs alone, for want of a gradient: " + why);
  return llvm::Error::success();
}

llvm::Error Calibration::readOne(SampleReader &reader, size_t call) {
  observer.isHeld = call >= sample.fitted();
  auto logits = reader.read(call);
  if (!logits)
    return logits.takeError();
  if (!observer.problem.empty())
    return makeError(sample.name(call) + ": " + observer.problem + ": expects finite numbers");
  if (!outputs)
    return llvm::Error::success();
  outputs->isHeld = observer.isHeld;
  if (llvm::Error error = outputs->observe(sample.windows[call], *logits, activations, call))
    return makeError(sample.name(call) + ": " + llvm::toString(std::move(error)));
  return llvm::Error::success();
}

llvm::Error Calibration::readAll() {
  if (llvm::Error error = beginOutputs())
    return error;
  auto reader = SampleReader::create(*observed->model, sample,
                                     [&](const auto &results, const CountedRows &rows) {
                                       observer.observe(results, rows);
                                       if (outputs)
                                         activations = results;
                                     });
  if (!reader)
    return reader.takeError();
  auto done = size_t(part.resume([&](StringRef bytes) { return load(bytes); }));
  auto calls = double(sample.calls());
  advance(double(done) / calls);
  for (size_t i = done; i < sample.calls(); ++i) {
    if (llvm::Error error = readOne(**reader, i))
      return error;
    advance(double(i + 1) / calls);
    if (llvm::Error error = goOn(i + 1))
      return error;
  }
  activations.clear();
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
    return share < 1 ? goOn(sample.calls()) : llvm::Error::success();
  });
}

StatisticsSource Calibration::source() const {
  StatisticsSource source{observed->content, int64_t(sample.calls()), 0, {}};
  if (!sample.windows.empty())
    source.context = int64_t(sample.windows.front().size());
  for (const text::TokenIds &window : sample.windows)
    llvm::append_range(source.tokens, window);
  source.segments = observer.segments();
  source.sensitivityWindows = int64_t(chosen.size());
  return source;
}

llvm::Error Calibration::run(llvm::raw_ostream &stream) {
  if (progress)
    progress->begin("calibrate");
  if (llvm::Error error = readAll())
    return error;
  records = observer.records();
  if (outputs)
    outputs->addTo(records);
  if (!chosen.empty())
    if (llvm::Error error = measure())
      return error;
  return writeStatistics(source(), records, stream);
}

llvm::Error retort::calibrate(const ObservedModel &observed, const CalibrationSample &sample,
                              const CalibrationOptions &options, llvm::raw_ostream &stream,
                              Progress *progress) {
  return Calibration(observed, sample, options, progress).run(stream);
}
