// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the first factor begins with.
#ifndef RETORT_LIB_COMPRESS_TUNELORA_LORASTART_H
#define RETORT_LIB_COMPRESS_TUNELORA_LORASTART_H

#include "llvm/ADT/StringRef.h"

#include <cstdint>
#include <vector>

namespace retort {

/// Normally distributed numbers around 0. Each follows from the seed, the name and its place alone,
/// so that a run that goes on needs none of them saved.
std::vector<float> normalNumbers(int64_t seed, llvm::StringRef name, int64_t count,
                                 double deviation);

} // namespace retort

#endif
