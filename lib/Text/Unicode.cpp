// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Characters of UTF-8 text, by ICU.
#include "lib/Text/Unicode.h"

#include "lib/Runtime/Result.h"

#include <unicode/brkiter.h>
#include <unicode/bytestream.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/uscript.h>
#include <unicode/utf8.h>

using namespace retort::text;
using retort::runtime::Failure;

static void check(UErrorCode code) {
  if (U_FAILURE(code))
    throw Failure(std::string("ICU: ") + u_errorName(code));
}

std::string retort::text::validUtf8(std::string_view text) {
  std::string valid;
  icu::UnicodeString::fromUTF8({text.data(), int32_t(text.size())}).toUTF8String(valid);
  return valid;
}

size_t retort::text::characterLength(unsigned char lead) {
  if (lead < 0x80)
    return 1;
  if (lead < 0xc2 || lead > 0xf4)
    return 0;
  return lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
}

std::vector<Character> retort::text::charactersOf(std::string_view text) {
  std::vector<Character> characters;
  auto size = int32_t(text.size());
  for (int32_t next = 0; next < size;) {
    int32_t begin = next;
    UChar32 code;
    U8_NEXT_OR_FFFD(text.data(), next, size, code);
    characters.push_back({char32_t(code), text.substr(size_t(begin), size_t(next - begin))});
  }
  return characters;
}

static const icu::Normalizer2 *normalizerFor(NormalForm form) {
  UErrorCode code = U_ZERO_ERROR;
  const icu::Normalizer2 *normalizer =
      form == NormalForm::C    ? icu::Normalizer2::getNFCInstance(code)
      : form == NormalForm::D  ? icu::Normalizer2::getNFDInstance(code)
      : form == NormalForm::KC ? icu::Normalizer2::getNFKCInstance(code)
                               : icu::Normalizer2::getNFKDInstance(code);
  check(code);
  return normalizer;
}

std::string retort::text::normalForm(const std::string &text, NormalForm form) {
  UErrorCode code = U_ZERO_ERROR;
  std::string result;
  icu::StringByteSink<std::string> sink(&result, int32_t(text.size()));
  normalizerFor(form)->normalizeUTF8(0, text, sink, nullptr, code);
  check(code);
  return result;
}

std::string retort::text::lowercase(const std::string &text) {
  std::string result;
  for (Character c : charactersOf(text))
    if (c.code < 0x80)
      result += c.code >= 'A' && c.code <= 'Z' ? char(c.code + 32) : char(c.code);
    else // in isolation, so that a final sigma is like any other
      icu::UnicodeString(UChar32(c.code)).toLower(icu::Locale::getRoot()).toUTF8String(result);
  return result;
}

bool retort::text::isWhiteSpace(char32_t code) { return u_isUWhiteSpace(UChar32(code)); }

bool retort::text::isWordCharacter(char32_t code) {
  return u_hasBinaryProperty(UChar32(code), UCHAR_ALPHABETIC) ||
         (U_MASK(u_charType(UChar32(code))) & (U_GC_M_MASK | U_GC_ND_MASK | U_GC_PC_MASK));
}

bool retort::text::isNonspacingMark(char32_t code) {
  return u_charType(UChar32(code)) == U_NON_SPACING_MARK;
}
bool retort::text::isMark(char32_t code) { return U_MASK(u_charType(UChar32(code))) & U_GC_M_MASK; }
bool retort::text::isOther(char32_t code) {
  return U_MASK(u_charType(UChar32(code))) & U_GC_C_MASK;
}

std::optional<int> retort::text::scriptOf(char32_t code) {
  static constexpr char32_t prolongedSound = 0x30FC; // common to both kana
  UErrorCode problem = U_ZERO_ERROR;
  UScriptCode script = uscript_getScript(UChar32(code), &problem);
  check(problem);
  if (code == ' ' || script == USCRIPT_UNKNOWN)
    return std::nullopt;
  bool isKana = script == USCRIPT_HIRAGANA || script == USCRIPT_KATAKANA || code == prolongedSound;
  return isKana ? USCRIPT_HAN : script;
}

std::string_view retort::text::strip(std::string_view text, bool left, bool right) {
  auto size = int32_t(text.size()), begin = 0;
  while (left && begin < size) {
    int32_t next = begin;
    UChar32 code;
    U8_NEXT_OR_FFFD(text.data(), next, size, code);
    if (!isWhiteSpace(char32_t(code)))
      break;
    begin = next;
  }
  while (right && begin < size) {
    int32_t before = size;
    UChar32 code;
    U8_PREV_OR_FFFD(text.data(), 0, before, code);
    if (!isWhiteSpace(char32_t(code)))
      break;
    size = before;
  }
  return text.substr(size_t(begin), size_t(size - begin));
}

std::vector<size_t> retort::text::graphemeEnds(const std::string &text) {
  UErrorCode code = U_ZERO_ERROR;
  UText *view = utext_openUTF8(nullptr, text.data(), int64_t(text.size()), &code);
  std::unique_ptr<icu::BreakIterator> iterator(
      icu::BreakIterator::createCharacterInstance(icu::Locale::getRoot(), code));
  check(code);
  iterator->setText(view, code);
  std::vector<size_t> ends;
  for (int32_t end = iterator->next(); end != icu::BreakIterator::DONE; end = iterator->next())
    ends.push_back(size_t(end));
  utext_close(view);
  check(code);
  return ends;
}
