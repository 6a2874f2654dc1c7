// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Continues a text token by token.
#ifndef RETORT_LIB_TEXT_GENERATE_H
#define RETORT_LIB_TEXT_GENERATE_H

#include "lib/Text/Drafts.h"
#include "lib/Text/Reader.h"
#include "lib/Text/Sampler.h"

#include <functional>

namespace retort::text {

struct GenerateOptions {
  std::string prompt;
  int64_t tokens = 256; ///< at most
  /// End the text where the continuation holds one of them; it is not part of the text. None is
  /// empty.
  std::vector<std::string> stops;
  /// What was read before, which the prompt goes on from; may be null.
  const runtime::DecoderState *state = nullptr;
  /// In the end the decoder has read all of the text, as far as the context holds it.
  bool readsAll = false;
  bool drafts = false; ///< Read what followed the same tokens before along with each token.
  SamplerOptions sampler;
};

enum class StopReason { Token, Text, Count, Context };

struct Generated {
  TokenIds prompt;  // with BOS
  size_t known = 0; // tokens of it that a state had read
  TokenIds tokens;  // without the one that ended the text
  StopReason reason = StopReason::Count;
  double promptSeconds = 0, decodeSeconds = 0;
  DraftCounts drafts;
};

/// Calls `write` with the text of the prompt, then with that of each token as it comes.
runtime::Result<Generated> generate(Reader &reader, const Tokenizer &tokenizer,
                                    const GenerateOptions &options,
                                    const std::function<void(const std::string &)> &write);

} // namespace retort::text

#endif
