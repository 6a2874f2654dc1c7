// Files that appear together, when all of them are complete.
#ifndef RETORT_LIB_PIPELINE_OUTPUTFILES_H
#define RETORT_LIB_PIPELINE_OUTPUTFILES_H

#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/Error.h"

#include <string>

namespace retort {

/// Each file is written under another name beside its own. What is not committed is removed, when a
/// signal ends the process too.
class OutputFiles {
public:
  OutputFiles() = default;
  ~OutputFiles();
  OutputFiles(const OutputFiles &) = delete;
  OutputFiles &operator=(const OutputFiles &) = delete;

  /// The name to write to; an error where the folder does not let files be made.
  llvm::Expected<std::string> stage(llvm::StringRef path);

  /// Gives all files their names; signals wait meanwhile.
  llvm::Error commit();

private:
  struct File {
    std::string temporary, path;
  };
  llvm::SmallVector<File> files;
};

} // namespace retort

#endif
