// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// From a model and a text to a file of statistics.
#include "lib/Calibrate/CalibrateFile.h"
#include "lib/Calibrate/Calibrate.h"
#include "lib/Calibrate/TokensFile.h"
#include "lib/Pipeline/Diagnostics.h"
#include "lib/Support/PendingFile.h"
#include "lib/Text/Windows.h"

#include "llvm/Support/FileSystem.h"

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

static llvm::Expected<std::vector<text::TokenIds>> windowsOf(const CalibrationText &sample,
                                                             const runtime::Model &model) {
  int64_t length = windowLength(model, sample.context);
  if (!sample.tokenizer)
    return readTokenWindows(sample.path, length, sample.context, sample.windows);
  auto windows = text::windowsOf(sample.content, *sample.tokenizer, length, sample.windows);
  if (!windows)
    return makeError(sample.path + ": " + windows.error());
  return std::move(*windows);
}

llvm::Expected<std::vector<text::TokenIds>> retort::calibrateFile(llvm::StringRef model,
                                                                  const CompileOptions &options,
                                                                  const CalibrationText &sample,
                                                                  llvm::StringRef output) {
  auto observed = openObserved(model, options);
  if (!observed)
    return observed.takeError();
  auto windows = windowsOf(sample, *observed->model);
  if (!windows)
    return windows.takeError();
  llvm::Error error = writeFile(output, [&](llvm::raw_ostream &stream) {
    return calibrate(*observed, *windows, sample.sensitivityWindows, sample.part, stream,
                     options.progress);
  });
  if (error)
    return makeError(model + ": " + llvm::toString(std::move(error)));
  if (!sample.part.empty())
    (void)llvm::sys::fs::remove(sample.part);
  return std::vector<text::TokenIds>(windows->end() - windows->size() / 8, windows->end());
}
