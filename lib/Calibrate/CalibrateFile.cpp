// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// From a model and a sample to a file of statistics.
#include "lib/Calibrate/CalibrateFile.h"
#include "lib/Calibrate/TokensFile.h"
#include "lib/Pipeline/Diagnostics.h"
#include "lib/Support/PendingFile.h"
#include "lib/Text/Windows.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

using namespace retort;

/// Longer windows cost more, and say little more about the inputs of weights.
static constexpr int64_t usualContext = 512;

/// The tokens of a window: as many as a graph of one size takes.
static int64_t windowLength(const runtime::Model &model, int64_t asked) {
  for (const runtime::ValueInfo &input : model.manifest().functions.front().inputs)
    if (input.role == "tokens" && !input.shape.empty() && input.shape.back() > 1)
      return input.shape.back();
  if (asked > 0)
    return asked;
  int64_t trained = model.manifest().language.context;
  return trained > 0 ? std::min(trained, usualContext) : usualContext;
}

static llvm::Expected<std::vector<text::TokenIds>> windowsOf(const SampleFile &file,
                                                             const runtime::Model &model) {
  int64_t length = windowLength(model, file.context);
  if (file.kind == SampleKind::Tokens)
    return readTokenWindows(file.path, length, file.context, file.windows);
  auto windows = text::windowsOf(file.content, *file.tokenizer, length, file.windows);
  if (!windows)
    return makeError(file.path + ": " + windows.error());
  return std::move(*windows);
}

static llvm::Expected<CalibrationSample> readSample(const SampleFile &file,
                                                    const runtime::Model &model) {
  CalibrationSample sample;
  if (file.kind == SampleKind::Tensors) {
    auto folders = foldersOfSample(file.path, file.windows);
    if (!folders)
      return folders.takeError();
    sample.folders = std::move(*folders);
    return std::move(sample);
  }
  auto windows = windowsOf(file, model);
  if (!windows)
    return windows.takeError();
  sample.windows = std::move(*windows);
  return std::move(sample);
}

llvm::Expected<std::vector<text::TokenIds>>
retort::calibrateFile(llvm::StringRef model, const CompileOptions &given, const SampleFile &file,
                      const CalibrationOptions &calibration, llvm::StringRef output) {
  CompileOptions options = given;
  options.numerics = "exact"; // what methods decide by does not depend on the processor
  bool isMeasured = calibration.kept != KeptSums::Moments && file.kind != SampleKind::Tensors &&
                    calibration.sensitivityWindows != 0;
  auto observed = openObserved(model, options, /*findWeights=*/isMeasured);
  if (!observed)
    return observed.takeError();
  auto sample = readSample(file, *observed->model);
  if (!sample)
    return sample.takeError();
  CalibrationOptions beside = calibration;
  // Beside the output, which is about as large.
  if (output != "-")
    beside.scratchFolder = llvm::sys::path::parent_path(output).str();
  if (beside.scratchFolder.empty() && output != "-")
    beside.scratchFolder = ".";
  // What is wrong with the sample is not an error of the file that would be written.
  std::string problem;
  llvm::Error error = writeFile(output, [&](llvm::raw_ostream &stream) -> llvm::Error {
    if (llvm::Error error = calibrate(*observed, *sample, beside, stream, options.progress))
      problem = llvm::toString(std::move(error));
    return problem.empty() ? llvm::Error::success() : makeError(problem);
  });
  if (error && problem.empty())
    problem = llvm::toString(std::move(error));
  llvm::consumeError(std::move(error));
  if (!problem.empty())
    return makeError(model + ": " + problem);
  if (!calibration.part.empty())
    (void)llvm::sys::fs::remove(calibration.part);
  size_t held = sample->windows.size() / 8;
  return std::vector<text::TokenIds>(sample->windows.end() - held, sample->windows.end());
}
