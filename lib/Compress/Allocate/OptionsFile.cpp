// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What each form of each matrix came to, kept beside the statistics:
//
//   {"version": 1, "statistics": HASH, "rounding": WORDS,
//    "options": {WEIGHT: {CANDIDATE: {"bytes": N, "error": tr(E H E'), "norm": tr(W H W')}}}}
#include "lib/Compress/Allocate/OptionsFile.h"
#include "lib/Support/PendingFile.h"

#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"

#include <cmath>

using namespace retort;
using llvm::StringRef;

static constexpr int64_t version = 1;

/// nullopt where something is missing, or is no number that an option can have.
static std::optional<WeightOption> readOption(const llvm::json::Object *text) {
  auto bytes = text ? text->getInteger("bytes") : std::nullopt;
  auto error = text ? text->getNumber("error") : std::nullopt;
  auto norm = text ? text->getNumber("norm") : std::nullopt;
  if (!bytes || !error || !norm || *bytes <= 0 || !(*error >= 0) || !(*norm >= 0) ||
      !std::isfinite(*error + *norm))
    return std::nullopt;
  return WeightOption{*bytes, *error, *norm};
}

OptionsFile OptionsFile::open(StringRef path, StringRef statistics, StringRef rounding) {
  OptionsFile result;
  result.statistics = statistics.str();
  result.rounding = rounding.str();
  auto buffer = llvm::MemoryBuffer::getFile(path, /*IsText=*/true);
  if (!buffer)
    return result;
  auto text = llvm::json::parse((*buffer)->getBuffer());
  const llvm::json::Object *object = text ? text->getAsObject() : nullptr;
  llvm::consumeError(text.takeError());
  const llvm::json::Object *weights = object ? object->getObject("options") : nullptr;
  result.foreign = !weights || object->getInteger("version") != version;
  if (result.foreign || object->getString("statistics") != statistics ||
      object->getString("rounding") != rounding)
    return result;
  for (const auto &[weight, list] : *weights)
    if (const llvm::json::Object *candidates = list.getAsObject())
      for (const auto &[candidate, value] : *candidates)
        if (auto option = readOption(value.getAsObject()))
          result.options[weight.str()][candidate.str()] = *option;
  return result;
}

const WeightOption *OptionsFile::find(StringRef weight, StringRef candidate) const {
  auto candidates = options.find(weight.str());
  if (candidates == options.end())
    return nullptr;
  auto option = candidates->second.find(candidate.str());
  return option == candidates->second.end() ? nullptr : &option->second;
}

void OptionsFile::add(StringRef weight, StringRef candidate, WeightOption option) {
  options[weight.str()][candidate.str()] = option;
  changed = true;
}

void OptionsFile::write(StringRef path) const {
  llvm::Error error = writeFile(path, [&](llvm::raw_ostream &stream) {
    llvm::json::OStream json(stream, /*IndentSize=*/1);
    json.object([&] {
      json.attribute("version", version);
      json.attribute("statistics", statistics);
      json.attribute("rounding", rounding);
      json.attributeObject("options", [&] {
        for (const auto &each : options)
          json.attributeObject(each.first, [&] {
            for (const auto &option : each.second)
              json.attributeObject(option.first, [&] {
                json.attribute("bytes", option.second.bytes);
                json.attribute("error", option.second.error);
                json.attribute("norm", option.second.norm);
              });
          });
      });
    });
    stream << "\n";
    return llvm::Error::success();
  });
  llvm::consumeError(std::move(error));
}
