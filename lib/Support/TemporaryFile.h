// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A file under a name that tells the next run what a killed one left.
//
//   m.so.retort-tmp-1a2b3c4d        locked while its process lives
//   m.so.retort-tmp-1a2b3c4d.out    what others write by name on its behalf, and their own
#ifndef RETORT_LIB_SUPPORT_TEMPORARYFILE_H
#define RETORT_LIB_SUPPORT_TEMPORARYFILE_H

#include "llvm/Support/Error.h"

#include <string>

namespace retort {

class TemporaryFile {
public:
  /// Beside `path`.
  static llvm::Expected<TemporaryFile> create(llvm::StringRef path);
  /// Removes the temporary files of `path` that no process holds.
  static void removeLeftovers(llvm::StringRef path);

  TemporaryFile(TemporaryFile &&other);
  /// Removes the file where it was not renamed.
  ~TemporaryFile();

  int descriptor() const { return file; }
  llvm::StringRef path() const { return name; }
  /// The name of a file that takes the place of this one.
  std::string writeByName();
  std::error_code rename(llvm::StringRef path);

private:
  TemporaryFile(std::string name, int file) : name(std::move(name)), file(file) {}
  void discard();

  std::string name, byName;
  int file;
};

} // namespace retort

#endif
