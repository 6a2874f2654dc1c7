// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The character map that SentencePiece compiles into a model: a double-array trie from strings to
// their replacements.
#include "lib/Text/Normalizer.h"
#include "lib/Text/Unicode.h"

#include <array>
#include <cstring>

using namespace retort::text;
using retort::runtime::Failure;

static std::string decodeBase64(const std::string &text) {
  static constexpr std::string_view digits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string bytes;
  uint32_t bits = 0;
  int count = 0;
  for (char c : text) {
    if (c == '=')
      break;
    size_t digit = digits.find(c);
    if (digit == std::string_view::npos)
      throw Failure("expects base64 for 'precompiled_charsmap'");
    bits = bits << 6 | uint32_t(digit);
    if ((count += 6) >= 8)
      bytes += char(bits >> (count -= 8));
  }
  return bytes;
}

namespace {
/// Units of 32 bits as Darts lays them out, then replacements that end in a null byte.
class CharacterMap {
public:
  explicit CharacterMap(const std::string &bytes) {
    uint32_t size = 0;
    if (bytes.size() >= 4)
      std::memcpy(&size, bytes.data(), 4);
    if (bytes.size() < 4 || size % 4 || size > bytes.size() - 4)
      throw Failure("'precompiled_charsmap' is cut off");
    units.resize(size / 4);
    std::memcpy(units.data(), bytes.data() + 4, size);
    replacements = bytes.substr(4 + size) + '\0';
  }

  /// The replacement of the shortest key that begins `text`; null where there is none.
  const char *find(std::string_view text) const {
    if (units.empty())
      return nullptr;
    size_t node = offsetOf(units[0]);
    for (unsigned char byte : text) {
      node ^= byte;
      if (byte == 0 || node >= units.size() || labelOf(units[node]) != byte)
        return nullptr;
      uint32_t unit = units[node];
      node ^= offsetOf(unit);
      if (unit >> 8 & 1) {
        size_t value = node < units.size() ? units[node] & 0x7fffffff : replacements.size();
        return value < replacements.size() ? &replacements[value] : nullptr;
      }
    }
    return nullptr;
  }

private:
  static size_t offsetOf(uint32_t unit) { return (unit >> 10) << ((unit & 1 << 9) >> 6); }
  static uint32_t labelOf(uint32_t unit) { return unit & (1u << 31 | 0xff); }

  std::vector<uint32_t> units;
  std::string replacements;
};
} // namespace

/// A cluster of few bytes is looked up whole, then character by character.
static void appendMapped(const CharacterMap &map, std::string_view cluster, std::string &result) {
  if (const char *replacement = cluster.size() < 6 ? map.find(cluster) : nullptr) {
    result += replacement;
    return;
  }
  for (Character c : charactersOf(cluster))
    if (const char *replacement = map.find(c.bytes))
      result += replacement;
    else
      result += c.bytes;
}

Normalizer retort::text::makeCharacterMap(const std::string &base64) {
  auto map = std::make_shared<CharacterMap>(decodeBase64(base64));
  return [map](std::string text) {
    std::string result;
    size_t begin = 0;
    for (size_t end : graphemeEnds(text)) {
      appendMapped(*map, std::string_view(text).substr(begin, end - begin), result);
      begin = end;
    }
    return result;
  };
}
