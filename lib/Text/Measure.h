// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How fast a model reads a prompt and writes tokens.
#ifndef RETORT_LIB_TEXT_MEASURE_H
#define RETORT_LIB_TEXT_MEASURE_H

#include "lib/Text/Reader.h"

namespace retort::text {

struct Speed {
  double prefill, decode; // tokens per second, medians
};

/// Reads prompts of `prompt` tokens, several times, then writes `generate` tokens behind the last
/// one. The tokens are arbitrary, and the same in every call.
runtime::Result<Speed> measureSpeed(runtime::Decoder &decoder, int64_t prompt, int64_t generate);

/// Ids that are spread over the vocabulary.
TokenIds arbitraryTokens(int64_t count, int64_t vocabulary);

} // namespace retort::text

#endif
