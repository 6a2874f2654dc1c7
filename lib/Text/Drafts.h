// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reads tokens that are guessed to come next along with the one that does.
#ifndef RETORT_LIB_TEXT_DRAFTS_H
#define RETORT_LIB_TEXT_DRAFTS_H

#include "lib/Runtime/Decoder.h"
#include "lib/Text/Tokenizer.h"

#include <optional>

namespace retort::text {

/// The tokens that followed the last ones of a text where the same stood before: after the longest
/// end of it, of 2 to 4 tokens, that occurs earlier, the last time that it does. At most `most`.
TokenIds draftByLookup(const TokenIds &text, size_t most);

struct DraftCounts {
  int64_t drafted = 0, right = 0; // guessed tokens, and those that came
  int64_t calls = 0;              // of the model
};

/// Gives the same logits as a decoder that reads token by token: a call reads a token and a draft
/// of what follows it, and those after what came as guessed are there without a call.
class DraftedDecoder {
public:
  static constexpr size_t mostDrafted = 7; // with the token before them, a class of few rows

  /// `isDrafting`: else it reads token by token. The decoder can forget tokens then.
  DraftedDecoder(runtime::Decoder &decoder, bool isDrafting)
      : decoder(decoder), isDrafting(isDrafting) {}

  /// Of which the first `known` have been read.
  runtime::Result<runtime::Tensor> readPrompt(const TokenIds &tokens, size_t known = 0);
  /// Logits of what follows `token`. A draft is of at most `left` tokens.
  runtime::Result<runtime::Tensor> feed(int64_t token, int64_t left);
  /// Forgets what was guessed and did not come: the decoder has read what was fed, and no more.
  runtime::Status settle() { return forgetDraft(); }
  /// Tokens that were fed, of prompt and continuation.
  int64_t position() const { return int64_t(text.size()); }
  const DraftCounts &counts() const { return tally; }

private:
  runtime::Status forgetDraft();
  std::optional<runtime::Tensor> readBefore(int64_t token);

  runtime::Decoder &decoder;
  bool isDrafting;
  TokenIds text, draft;
  runtime::Tensor rows;         // logits behind a token and each of the draft
  size_t used = 0;              // of the draft
  size_t longest = mostDrafted; // halved where guesses are wrong
  DraftCounts tally;
};

} // namespace retort::text

#endif
