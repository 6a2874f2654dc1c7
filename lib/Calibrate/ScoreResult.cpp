// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What compression cost, on text that no method has seen.
#include "lib/Calibrate/ScoreResult.h"
#include "lib/Pipeline/Diagnostics.h"
#include "lib/Pipeline/OpenModel.h"
#include "lib/Pipeline/Progress.h"
#include "lib/Statistics/Statistics.h"
#include "lib/Text/Reader.h"

#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"

#include <map>

using namespace retort;
using llvm::StringRef;

namespace {
struct Opened {
  std::unique_ptr<runtime::Model> model;
  std::unique_ptr<runtime::Decoder> decoder;
};
} // namespace

/// The model of a file as it is, for windows of this length.
static llvm::Expected<Opened> open(StringRef path, const CompileOptions &given, int64_t length) {
  CompileOptions options;
  options.threads = given.threads;
  options.targetCpu = given.targetCpu;
  options.plugins = given.plugins;
  options.progress = given.progress;
  options.decodeStep = true;
  options.context = length;
  auto model = openModel(path, options);
  if (!model)
    return model.takeError();
  auto decoder = text::openForWindows(**model, length);
  if (!decoder)
    return makeError(path + ": " + decoder.error());
  return Opened{std::move(*model), std::move(*decoder)};
}

llvm::Expected<Scored> retort::scoreResult(StringRef before, StringRef after,
                                           const CompileOptions &options,
                                           const std::vector<text::TokenIds> &windows) {
  auto length = int64_t(windows.front().size());
  auto original = open(before, options, length), small = open(after, options, length);
  if (!original || !small)
    return llvm::joinErrors(original.takeError(), small.takeError());
  if (options.progress)
    options.progress->begin("score");
  auto advance = [&](int64_t done) {
    if (options.progress)
      options.progress->advance(double(done) / double(windows.size()));
  };
  auto compared = text::evaluate(*small->decoder, original->decoder.get(), /*tokenizer=*/nullptr,
                                 windows, advance);
  if (!compared)
    return makeError(after + ": " + compared.error());
  const text::Comparison &comparison = *compared->comparison;
  return Scored{comparison.perplexity, compared->perplexity, comparison.klMean,
                comparison.topAgreement, compared->tokens};
}

llvm::Expected<std::vector<text::TokenIds>> retort::heldWindows(StringRef path) {
  auto statistics = Statistics::open(path);
  if (!statistics)
    return statistics.takeError();
  const StatisticsSource &source = (*statistics)->source();
  if (source.context == 0)
    return makeError(path + ": expects statistics of a text, found those of tensors");
  std::vector<text::TokenIds> windows;
  for (int64_t i = source.windows - source.windows / 8; i < source.windows; ++i) {
    auto begin = source.tokens.begin() + i * source.context;
    windows.emplace_back(begin, begin + source.context);
  }
  if (windows.empty())
    return makeError(path +
                     ": expects statistics of at least 8 windows, the last eighth of which "
                     "is for scores (found " +
                     llvm::Twine(source.windows) + ")");
  return windows;
}

std::vector<std::pair<std::string, double>> retort::worstWeights(StringRef ledger, size_t count) {
  std::vector<std::pair<std::string, double>> worst;
  auto file = llvm::MemoryBuffer::getFile(ledger);
  auto text = llvm::json::parse(file ? (*file)->getBuffer() : "{}");
  if (!text) {
    llvm::consumeError(text.takeError());
    return worst;
  }
  std::map<std::string, double> errors; // the last record of a weight counts
  if (const llvm::json::Array *records = text->getAsObject()->getArray("records"))
    for (const llvm::json::Value &value : *records) {
      const llvm::json::Object &record = *value.getAsObject();
      auto name = record.getString("weight");
      if (auto error = record.getNumber("output_error"); name && error)
        errors[name->str()] = *error;
    }
  worst.assign(errors.begin(), errors.end());
  llvm::sort(worst, [](auto &a, auto &b) {
    return std::tie(b.second, a.first) < std::tie(a.second, b.first);
  });
  worst.resize(std::min(worst.size(), count));
  return worst;
}
