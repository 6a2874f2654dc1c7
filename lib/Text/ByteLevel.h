// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Bytes as printable characters: the alphabet of byte-level tokenizers.
#ifndef RETORT_LIB_TEXT_BYTELEVEL_H
#define RETORT_LIB_TEXT_BYTELEVEL_H

#include <string>
#include <string_view>

namespace retort::text {

/// Each byte as the character that stands for it: " a" is "Ġa".
std::string toByteCharacters(std::string_view bytes);

/// The bytes that the characters stand for; the text itself where one of them stands for none.
std::string fromByteCharacters(const std::string &characters);

} // namespace retort::text

#endif
