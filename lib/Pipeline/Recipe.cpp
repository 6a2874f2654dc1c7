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
    if (sys::path::extension(it->path()) == ".recipe")
      names.push_back(sys::path::stem(it->path()).str());
  llvm::sort(names);
  return names;
}

Expected<std::string> retort::readRecipe(StringRef nameOrPath) {
  SmallString<256> path(nameOrPath);
  if (!sys::fs::is_regular_file(path)) {
    path = recipeFolder();
    sys::path::append(path, nameOrPath + ".recipe");
  }
  auto buffer = MemoryBuffer::getFile(path, /*IsText=*/true);
  if (!buffer) {
    std::vector<std::string> known = namesIn(recipeFolder());
    return makeError("unknown recipe '" + nameOrPath + "': expects a file or one of " +
                     (known.empty() ? "(none installed)" : join(known, ", ")));
  }
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
