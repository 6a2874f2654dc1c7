// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Recipes: text files that name compression passes.
#include "lib/Pipeline/Recipe.h"
#include "lib/Pipeline/Diagnostics.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

using namespace llvm;
using namespace retort;

/// Folder of the recipes: beside the installed executable, or in the source tree of a build.
static std::string recipeFolder() {
  static int anchor;
  SmallString<256> folder(sys::path::parent_path(sys::fs::getMainExecutable("retort", &anchor)));
  sys::path::append(folder, "..", "share", "retort", "recipes");
  return sys::fs::is_directory(folder) ? std::string(folder) : std::string(RETORT_SOURCE_RECIPES);
}

static std::vector<std::string> namesIn(StringRef folder) {
  std::vector<std::string> names;
  std::error_code ignored;
  for (sys::fs::directory_iterator it(folder, ignored), end; it != end && !ignored;
       it.increment(ignored))
    if (StringRef name = sys::path::filename(it->path()); name.consume_back(".recipe")) {
      name.consume_back(".calibrated");
      names.push_back(name.str());
    }
  llvm::sort(names);
  names.erase(llvm::unique(names), names.end());
  return names;
}

static SmallString<256> installed(StringRef name) {
  SmallString<256> path(recipeFolder());
  sys::path::append(path, name + ".recipe");
  return path;
}

static Expected<SmallString<256>> fileOf(StringRef nameOrPath, bool isCalibrated) {
  if (sys::fs::is_regular_file(nameOrPath))
    return SmallString<256>(nameOrPath);
  SmallString<256> plain = installed(nameOrPath),
                   calibrated = installed((nameOrPath + ".calibrated").str());
  bool hasCalibrated = sys::fs::is_regular_file(calibrated);
  if (isCalibrated && hasCalibrated)
    return calibrated;
  if (sys::fs::is_regular_file(plain))
    return plain;
  if (hasCalibrated)
    return makeError("recipe '" + nameOrPath +
                     "' is fitted to a sample: expects --text or --calibration");
  std::vector<std::string> known = namesIn(recipeFolder());
  return makeError("unknown recipe '" + nameOrPath + "': expects a file or one of " +
                   (known.empty() ? "(none installed)" : join(known, ", ")));
}

Expected<std::string> retort::readRecipe(StringRef nameOrPath, bool isCalibrated) {
  auto path = fileOf(nameOrPath, isCalibrated);
  if (!path)
    return path.takeError();
  auto buffer = MemoryBuffer::getFile(*path, /*IsText=*/true);
  if (!buffer)
    return makeError("cannot read recipe '" + nameOrPath + "': " + buffer.getError().message());
  std::string pipeline;
  for (StringRef rest = (*buffer)->getBuffer(); !rest.empty();) {
    auto [line, tail] = rest.split('\n');
    rest = tail;
    line = line.trim();
    if (!line.starts_with("#"))
      pipeline += line;
  }
  return pipeline;
}
