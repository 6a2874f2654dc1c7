// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which files a compilation reads and writes.
#include "lib/Pipeline/PlanFiles.h"
#include "lib/Import/ModelFiles.h"
#include "lib/Plugin/RegisterDialects.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

using namespace llvm;
using namespace retort;

void retort::planModel(FilePlan &files, StringRef path, StringRef what) {
  files.read(path, what);
  for (const std::string &file : filesOfModel(path, registerDialects))
    files.read(file, ("a file of " + what + " '" + path + "'").str());
  for (StringRef name : {"config.json", "generation_config.json", "genai_config.json"}) {
    SmallString<256> beside(sys::path::parent_path(path));
    sys::path::append(beside, name);
    if (sys::fs::exists(beside))
      files.read(beside, ("read beside " + what).str());
  }
}

Error retort::checkFiles(StringRef model, const CompileOptions &options) {
  FilePlan files = options.files;
  files.write(options.ledger, "--ledger");
  files.writeInto(options.dumpPhases, "model.", ".mlir", "--dump-phases");
  if (files.writesNothing())
    return Error::success();
  planModel(files, model, "the model");
  if (!options.calibration.empty())
    files.read(options.calibration, "the statistics");
  for (const std::string &plugin : options.plugins)
    files.read(plugin, "a plugin");
  if (sys::fs::is_regular_file(options.recipe))
    files.read(options.recipe, "the recipe");
  return files.check();
}
