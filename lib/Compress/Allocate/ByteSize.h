// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Sizes as people write them.
#ifndef RETORT_LIB_COMPRESS_ALLOCATE_BYTESIZE_H
#define RETORT_LIB_COMPRESS_ALLOCATE_BYTESIZE_H

#include "llvm/ADT/StringRef.h"

#include <cstdint>
#include <optional>

namespace retort {

/// `5000000`, `5MB`, `4.5MiB`: units of 1,000 (kB, MB, GB) or 1,024 (KiB, MiB, GiB), in any case.
/// nullopt where that is no size above 0.
std::optional<int64_t> parseByteSize(llvm::StringRef text);

} // namespace retort

#endif
