// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Whether a folder takes a file, asked without leaving one.
#ifndef RETORT_LIB_SUPPORT_OUTPUTFOLDER_H
#define RETORT_LIB_SUPPORT_OUTPUTFOLDER_H

#include "llvm/ADT/StringRef.h"

#include <optional>
#include <string>

namespace retort {

/// Why no file of this name can be written; empty where it can.
std::string whyNotWritable(llvm::StringRef path);
/// Why the folder cannot be made, or takes no file; empty where it can and does.
std::string whyNoFolder(llvm::StringRef folder);

struct FreeSpace {
  uint64_t device, bytes;
};
/// Of the disk that a file of this name would lie on; nullopt where nobody knows.
std::optional<FreeSpace> freeSpaceAt(llvm::StringRef path);

} // namespace retort

#endif
