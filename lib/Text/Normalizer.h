// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How a tokenizer.json changes a text before it looks for tokens.
#ifndef RETORT_LIB_TEXT_NORMALIZER_H
#define RETORT_LIB_TEXT_NORMALIZER_H

#include "lib/Text/JsonFields.h"

#include <functional>

namespace retort::text {

using Normalizer = std::function<std::string(std::string)>;

/// From the member `normalizer`, null included. Throws.
Normalizer makeNormalizer(const Json &step);

/// The character map of a SentencePiece model ("Precompiled"), in base64. Throws.
Normalizer makeCharacterMap(const std::string &base64);

} // namespace retort::text

#endif
