// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Cuts a text into the windows that a model is scored on.
#ifndef RETORT_LIB_TEXT_WINDOWS_H
#define RETORT_LIB_TEXT_WINDOWS_H

#include "lib/Text/Tokenizer.h"

namespace retort::text {

/// What `<|endoftext|>` separates, without white space at both ends; empty documents stay.
std::vector<std::string> documentsOf(std::string_view text);

/// BOS and the tokens of a document, of which the first `most` are enough (0: all).
runtime::Result<TokenIds> tokensOfDocument(std::string_view document, const Tokenizer &tokenizer,
                                           int64_t most = 0);

/// Each document as BOS and its tokens, joined, and cut into windows of `length` tokens: the first
/// `most` of them (0: all), for which no more of a long document is read than they take. A rest
/// that is shorter is dropped. An error where there is not a single window.
runtime::Result<std::vector<TokenIds>> windowsOf(std::string_view text, const Tokenizer &tokenizer,
                                                 int64_t length, int64_t most = 0);

/// Bytes of text that tokens 2.. of a window add; the space that a tokenizer puts before a document
/// is none.
int64_t scoredBytes(const TokenIds &window, const Tokenizer &tokenizer);

} // namespace retort::text

#endif
