// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A file mapped for reading.
#ifndef RETORT_LIB_IMPORT_MAPPEDFILE_H
#define RETORT_LIB_IMPORT_MAPPEDFILE_H

#include "llvm/Support/Error.h"

#include <memory>

namespace retort {

class MappedFile {
public:
  static llvm::Expected<std::shared_ptr<MappedFile>> open(const std::string &path);
  /// A file that a model names, below the model's folder: neither links nor devices, which would
  /// let a model read what its user did not hand over.
  static llvm::Expected<std::shared_ptr<MappedFile>> openBelow(llvm::StringRef folder,
                                                               llvm::StringRef location);
  ~MappedFile();
  llvm::StringRef data() const { return {begin, size}; }
  /// Absolute, without links.
  llvm::StringRef path() const { return name; }

  /// The mapped file that holds all of these bytes; null where there is none.
  static const MappedFile *holding(llvm::ArrayRef<char> bytes);
  /// Lets the system take the pages of all mapped files back: they are read again where they are
  /// asked for.
  static void forgetPages();

private:
  static llvm::Expected<std::shared_ptr<MappedFile>> map(int file, size_t size);

  std::string name;
  const char *begin = nullptr;
  size_t size = 0;
};

} // namespace retort

#endif
