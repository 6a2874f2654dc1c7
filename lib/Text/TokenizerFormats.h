// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The formats of tokenizers.
#ifndef RETORT_LIB_TEXT_TOKENIZERFORMATS_H
#define RETORT_LIB_TEXT_TOKENIZERFORMATS_H

#include "lib/Text/Tokenizer.h"

namespace retort::text {

/// From the bytes of a SentencePiece model. Throws.
std::unique_ptr<Tokenizer> openSentencePiece(const std::string &bytes);

/// From the text of a tokenizer.json, and of the tokenizer_config.json beside it ("" where there is
/// none). Throws.
std::unique_ptr<Tokenizer> openTokenizerJson(const std::string &json, const std::string &config);

/// Of 256 ids, the bytes of the text; no BOS, no EOS.
std::unique_ptr<Tokenizer> makeBytesTokenizer();

/// The byte of a piece like <0x0A>.
std::optional<char> byteOfPiece(std::string_view piece);

} // namespace retort::text

#endif
