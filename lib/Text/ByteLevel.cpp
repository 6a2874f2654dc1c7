// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Bytes as printable characters: the alphabet of byte-level tokenizers. Printable bytes of Latin-1
// stand for themselves, the others, in order, for U+0100 and what follows.
#include "lib/Text/ByteLevel.h"

#include "lib/Text/Unicode.h"

#include <array>

using namespace retort::text;

static bool standsForItself(int byte) {
  return (byte >= '!' && byte <= '~') || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
}

static std::array<int, 256> makeAlphabet() {
  std::array<int, 256> alphabet;
  int next = 0x100;
  for (int byte = 0; byte < 256; ++byte)
    alphabet[size_t(byte)] = standsForItself(byte) ? byte : next++;
  return alphabet;
}

static const std::array<int, 256> &alphabet() {
  static const std::array<int, 256> codes = makeAlphabet();
  return codes;
}

std::string retort::text::toByteCharacters(std::string_view bytes) {
  std::string characters;
  for (unsigned char byte : bytes) {
    int code = alphabet()[byte]; // below U+0800: one or two bytes
    if (code >= 0x80)
      characters += char(0xc0 | code >> 6);
    characters += char(code < 0x80 ? code : 0x80 | (code & 0x3f));
  }
  return characters;
}

static std::array<int, 0x200> makeInverse() {
  std::array<int, 0x200> bytes;
  bytes.fill(-1);
  for (int byte = 0; byte < 256; ++byte)
    bytes[size_t(alphabet()[size_t(byte)])] = byte;
  return bytes;
}

std::string retort::text::fromByteCharacters(const std::string &characters) {
  static const std::array<int, 0x200> inverse = makeInverse();
  std::string bytes;
  for (Character c : charactersOf(characters)) {
    if (c.code >= inverse.size() || inverse[c.code] < 0)
      return characters;
    bytes += char(inverse[c.code]);
  }
  return bytes;
}
