// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reads whole files and pipes, up to a bound.
#ifndef RETORT_LIB_RUNTIME_READFILE_H
#define RETORT_LIB_RUNTIME_READFILE_H

#include "lib/Runtime/Result.h"

#include <cstdint>

namespace retort::runtime {

/// The bytes of a regular file or of a pipe; "-" is standard input. Folders and devices are errors,
/// and so are more than `most` bytes, and a pipe that nobody opens to write. The message lacks the
/// path.
Result<std::string> readFile(const std::string &path, uint64_t most);

} // namespace retort::runtime

#endif
