// Files that appear when they are complete.
#ifndef RETORT_LIB_SUPPORT_PENDINGFILE_H
#define RETORT_LIB_SUPPORT_PENDINGFILE_H

#include "llvm/Support/Error.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/raw_ostream.h"

#include <optional>

namespace retort {

/// A temporary file beside `path`, which takes its place when it is kept. Until then, and where the
/// program is interrupted, nothing is left behind; so a file that is being read may be replaced,
/// and several files can appear together. `-` is the standard output; a device is written in place.
class PendingFile {
public:
  static llvm::Expected<PendingFile> create(llvm::StringRef path);
  PendingFile(PendingFile &&) = default;
  ~PendingFile();

  /// Fails where the disk is full, which a stream does not show by itself.
  llvm::Error write(llvm::function_ref<void(llvm::raw_ostream &)> fill);
  llvm::Error keep();

private:
  explicit PendingFile(llvm::StringRef path) : path(path) {}

  std::string path;
  std::optional<llvm::sys::fs::TempFile> file;
};

} // namespace retort

#endif
