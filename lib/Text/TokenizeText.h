// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A whole text as tokens for training, and which tokenizer they are of.
#ifndef RETORT_LIB_TEXT_TOKENIZETEXT_H
#define RETORT_LIB_TEXT_TOKENIZETEXT_H

#include "lib/Text/TokenFile.h"
#include "lib/Text/Tokenizer.h"

namespace retort::text {

/// Of how many ids there are, and the bytes that each stands for: equal for two files of the same
/// vocabulary, whatever their format. Never 0.
uint64_t hashOfVocabulary(const Tokenizer &tokenizer);

struct TokenizedText {
  TokenWriter tokens;
  int64_t documents;
};

/// The documents of a text, joined as windowsOf joins them; `progress` gets the part that is done.
/// An error where no document has a character.
runtime::Result<TokenizedText> tokenizeText(std::string_view text, const Tokenizer &tokenizer,
                                            const std::function<void(double)> &progress = nullptr);

} // namespace retort::text

#endif
