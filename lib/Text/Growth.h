// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How much longer a tokenizer may make a text before it looks for tokens.
#ifndef RETORT_LIB_TEXT_GROWTH_H
#define RETORT_LIB_TEXT_GROWTH_H

#include "lib/Runtime/Result.h"

namespace retort::text {

/// The steps in one list. Steps of normalizers, pre-tokenizers and decoders are few; each may make
/// a text longer, so that a long list of them fills any memory.
inline constexpr size_t mostSteps = 256;

/// Throws where a text of `before` bytes has become much longer than any alphabet makes it.
inline void checkGrowth(size_t before, size_t now) {
  if (now / 64 > before + 16384)
    throw runtime::Failure("a text of " + std::to_string(before) + " bytes grows to more than " +
                           std::to_string(64 * (before + 16384)));
}

/// Throws where a list of `kind` has too many steps.
inline void checkSteps(const char *kind, size_t count) {
  if (count > mostSteps)
    throw runtime::Failure("expects at most " + std::to_string(mostSteps) + " steps of a " + kind +
                           " (found " + std::to_string(count) + ")");
}

} // namespace retort::text

#endif
