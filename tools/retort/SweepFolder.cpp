// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The folder of a sweep: what is done, and sweep.json, which tells it.
#include "tools/retort/SweepFolder.h"
#include "lib/Support/OutputFolder.h"
#include "lib/Support/PendingFile.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

using namespace llvm;
using namespace retort;

Expected<SweepFolder> SweepFolder::create(StringRef path, json::Object about) {
  if (std::string why = whyNoFolder(path); !why.empty())
    return createStringError("cannot write into '" + path + "': " + why);
  if (std::error_code code = sys::fs::create_directories(path))
    return createStringError(code, "cannot make '" + path + "': " + code.message());
  about["retort"] = 1;
  about["points"] = json::Array();
  SweepFolder folder(path, std::move(about));
  if (Error error = folder.write())
    return std::move(error);
  return std::move(folder);
}

std::string SweepFolder::path(const Twine &name) const {
  SmallString<256> result(folder);
  sys::path::append(result, name);
  return std::string(result);
}

std::optional<json::Object> SweepFolder::finished(StringRef name) const {
  auto file = MemoryBuffer::getFile(path(name + ".json"));
  if (!file)
    return std::nullopt;
  auto value = json::parse((*file)->getBuffer());
  if (!value) {
    consumeError(value.takeError()); // to be done again
    return std::nullopt;
  }
  json::Object *object = value->getAsObject();
  if (!object || !object->getNumber("bytes"))
    return std::nullopt;
  return std::move(*object);
}

/// The model as it was, as any of the points has met it.
void SweepFolder::setBaseline(const json::Object &point) {
  auto bits = point.getNumber("bits_per_weight"), bytes = point.getNumber("weight_bytes"),
       before = point.getNumber("weight_bytes_before");
  json::Object baseline{{"bytes", point.getInteger("bytes_before")}};
  if (auto perplexity = point.getNumber("perplexity_before"))
    baseline["perplexity"] = *perplexity;
  if (bits && bytes && before && *bytes > 0)
    baseline["bits_per_weight"] = *bits * *before / *bytes;
  text["baseline"] = std::move(baseline);
}

Error SweepFolder::add(json::Object point) {
  if (!text.get("baseline") && point.getNumber("bytes"))
    setBaseline(point);
  text.getArray("points")->push_back(std::move(point));
  return write();
}

Error SweepFolder::write() const {
  return writeFile(path("sweep.json"), [&](raw_ostream &stream) {
    stream << formatv("{0:2}\n", json::Value(json::Object(text)));
    return Error::success();
  });
}
