// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The points of a sweep: what each compresses by, and what it is called in the folder.
#include "tools/retort/SweepPoints.h"
#include "lib/Pipeline/Recipe.h"
#include "lib/Support/RegisterPass.h"
#include "tools/retort/Command.h"

#include "mlir/Pass/PassRegistry.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/xxhash.h"

using namespace llvm;
using namespace retort;

static std::string hexOf(XXH128_hash_t hash) {
  return utohexstr(hash.high64, /*LowerCase=*/true, 16) +
         utohexstr(hash.low64, /*LowerCase=*/true, 16);
}

static std::string hashOf(StringRef text) {
  return hexOf(xxh3_128bits(arrayRefFromStringRef(text)));
}

Expected<std::string> retort::hashOfFiles(ArrayRef<std::string> paths) {
  std::string all;
  for (const std::string &path : paths) {
    auto file = MemoryBuffer::getFile(path, /*IsText=*/false, /*RequiresNullTerminator=*/false);
    if (!file)
      return createStringError(file.getError(),
                               "cannot read '" + path + "': " + file.getError().message());
    all += hashOf((*file)->getBuffer());
  }
  return hashOf(all);
}

std::string SweepPoint::fileName(StringRef subject) const {
  std::string name;
  for (char c : StringRef(label).take_front(40))
    name += isAlnum(c) || c == '.' || c == '-' ? c : '_';
  return name + "-" + hashOf((subject + "\n" + passes).str()).substr(0, 16);
}

/// Where `separator` stands outside of braces.
static std::vector<std::string> splitOutsideBraces(StringRef text, char separator) {
  std::vector<std::string> parts(1);
  int depth = 0;
  for (char c : text) {
    depth += (c == '{') - (c == '}');
    if (c == separator && depth == 0)
      parts.emplace_back();
    else
      parts.back() += c;
  }
  return parts;
}

/// Whether it says what to do itself, and names no recipe.
static bool isPipeline(StringRef text) {
  StringRef first = text.take_until([](char c) { return c == '{' || c == '+'; });
  return text.contains('{') || mlir::PassInfo::lookup(first);
}

static Expected<SweepPoint> readPoint(const std::string &text) {
  SweepPoint point{text, "", "", ""};
  if (isPipeline(text)) {
    point.passes = point.compress = join(splitOutsideBraces(text, '+'), ",");
    return point;
  }
  auto passes = readRecipe(text, /*isCalibrated=*/true);
  if (!passes)
    return passes.takeError();
  point.recipe = text;
  point.passes = *passes;
  return point;
}

Expected<std::vector<SweepPoint>> retort::readPoints(StringRef list) {
  registerPasses();
  std::vector<SweepPoint> points;
  for (const std::string &text : splitOutsideBraces(list, ',')) {
    if (StringRef(text).trim().empty())
      return make_error<UsageError>(list.empty() ? "no recipes given: expects --recipes=NAME,..."
                                                 : "--recipes has an empty entry");
    auto point = readPoint(StringRef(text).trim().str());
    if (!point)
      return point.takeError();
    if (any_of(points, [&](const SweepPoint &other) { return other.passes == point->passes; }))
      return make_error<UsageError>("--recipes has '" + point->label + "' twice");
    points.push_back(std::move(*point));
  }
  return points;
}
