// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Files that appear when they are complete.
#ifndef RETORT_LIB_SUPPORT_PENDINGFILE_H
#define RETORT_LIB_SUPPORT_PENDINGFILE_H

#include "lib/Support/TemporaryFile.h"

#include "llvm/Support/raw_ostream.h"

#include <csignal>
#include <memory>
#include <optional>
#include <vector>

namespace retort {

/// Writes what a file is to hold.
using FillStream = llvm::function_ref<llvm::Error(llvm::raw_pwrite_stream &)>;

/// A temporary file beside `path`, which takes its place when it is kept. Until then, and where the
/// program is interrupted, nothing is left behind; what a program leaves that was killed is removed
/// by the next one that writes the same file. So a file that is being read may be replaced.
/// `-` is the standard output; a device is written in place.
class PendingFile {
public:
  static llvm::Expected<PendingFile> create(llvm::StringRef path);
  PendingFile(PendingFile &&) = default;

  /// Fails where the disk is full, which a stream does not show by itself.
  llvm::Error write(FillStream fill);
  llvm::Error keep() { return keepAs(path); }
  /// Under another name of the same folder.
  llvm::Error keepAs(llvm::StringRef name);
  bool isInPlace() const { return !file; }
  llvm::StringRef finalPath() const { return path; }
  /// The name until it is kept, for those who read what was written.
  llvm::StringRef temporaryPath() const { return file->path(); }
  /// A name for those who write files by name, which the file has until it is kept.
  std::string writeByName();

private:
  explicit PendingFile(llvm::StringRef path) : path(path) {}

  std::string path;
  std::optional<TemporaryFile> file;
};

/// `cannot write 'path': why`.
llvm::Error cannotWrite(llvm::StringRef path, llvm::Error why);

/// Files that appear together, when all of them are complete. Errors name the file.
class PendingFiles {
public:
  llvm::Error add(llvm::StringRef path, FillStream fill);
  /// Gives all of them their names, in order; the signals by which users end a process wait
  /// meanwhile.
  llvm::Error keep();

private:
  std::vector<PendingFile> files;
};

/// Keeps the signals by which users end a process waiting.
class SignalsWait {
public:
  SignalsWait();
  SignalsWait(const SignalsWait &) = delete;
  ~SignalsWait();

private:
  sigset_t before;
};

/// Writes one file; the error names it.
llvm::Error writeFile(llvm::StringRef path, FillStream fill);

} // namespace retort

#endif
