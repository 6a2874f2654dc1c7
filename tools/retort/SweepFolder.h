// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The folder of a sweep: what is done, and sweep.json, which tells it.
#ifndef RETORT_TOOLS_RETORT_SWEEPFOLDER_H
#define RETORT_TOOLS_RETORT_SWEEPFOLDER_H

#include "llvm/Support/Error.h"
#include "llvm/Support/JSON.h"

#include <string>

namespace retort {

class SweepFolder {
public:
  /// Makes the folder. The error names it.
  static llvm::Expected<SweepFolder> create(llvm::StringRef path, llvm::json::Object about);

  std::string path(const llvm::Twine &name) const;
  /// The finished point of this name; nullopt where there is none.
  std::optional<llvm::json::Object> finished(llvm::StringRef name) const;

  /// Adds a point, and writes sweep.json with all that there are.
  llvm::Error add(llvm::json::Object point);

private:
  SweepFolder(llvm::StringRef folder, llvm::json::Object about)
      : folder(folder), text(std::move(about)) {}
  llvm::Error write() const;
  void setBaseline(const llvm::json::Object &point);

  std::string folder;
  llvm::json::Object text;
};

} // namespace retort

#endif
