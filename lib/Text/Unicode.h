// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Characters of UTF-8 text, by ICU.
#ifndef RETORT_LIB_TEXT_UNICODE_H
#define RETORT_LIB_TEXT_UNICODE_H

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace retort::text {

/// What is not UTF-8 becomes U+FFFD.
std::string validUtf8(std::string_view text);

/// The bytes of the character that `lead` begins; 0 where none begins so.
size_t characterLength(unsigned char lead);

struct Character {
  char32_t code;
  std::string_view bytes;
};
/// Of valid UTF-8.
std::vector<Character> charactersOf(std::string_view text);

enum class NormalForm { C, D, KC, KD };
std::string normalForm(const std::string &text, NormalForm form);
/// Each character for itself, whatever language the text is in.
std::string lowercase(const std::string &text);

bool isWhiteSpace(char32_t code);
bool isWordCharacter(char32_t code);
/// A mark that takes no place of its own (Mn).
bool isNonspacingMark(char32_t code);
/// Any mark (M).
bool isMark(char32_t code);
/// Controls, formats, and what is not assigned (C).
bool isOther(char32_t code);
/// A number for the script that a character is written in; kana count as Han, which they are mixed
/// with. None for the space, and for what is not assigned: they go with every script.
std::optional<int> scriptOf(char32_t code);

/// Without white space at the begin, the end, or both.
std::string_view strip(std::string_view text, bool left = true, bool right = true);

/// What a reader sees as one character: ends of the grapheme clusters, in bytes.
std::vector<size_t> graphemeEnds(const std::string &text);

} // namespace retort::text

#endif
