// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Tokens to text as they come.
#include "lib/Text/Tokenizer.h"
#include "lib/Text/Unicode.h"

using namespace retort::text;

static constexpr std::string_view replacement = "\xef\xbf\xbd"; // U+FFFD

/// How many bytes at `begin` belong to the character that starts there, as far as they are present.
static size_t matching(const std::string &bytes, size_t begin, size_t length) {
  size_t count = 1;
  while (count < length && begin + count < bytes.size() && (bytes[begin + count] & 0xc0) == 0x80)
    ++count;
  return count;
}

/// Takes what is complete out of `pending`; at the end, everything is.
static std::string takeComplete(std::string &pending, bool atEnd) {
  std::string text;
  size_t begin = 0;
  while (begin < pending.size()) {
    size_t length = characterLength(static_cast<unsigned char>(pending[begin])),
           present = length ? matching(pending, begin, length) : 0;
    if (length && present == length)
      text.append(pending, begin, length);
    else if (length && begin + present == pending.size() && !atEnd)
      break; // the rest of the character may come
    else
      text += replacement;
    begin += length && present == length ? length : 1;
  }
  pending.erase(0, begin);
  return text;
}

std::string Detokenizer::push(int64_t token) {
  std::string bytes = tokenizer.bytesOf(token);
  if (atStart && !bytes.empty()) {
    if (bytes[0] == ' ')
      bytes.erase(0, 1);
    atStart = bytes.empty() && tokenizer.leadingSpace() == LeadingSpace::DroppedAlways;
  }
  pending += bytes;
  return takeComplete(pending, false);
}

std::string Detokenizer::finish() { return takeComplete(pending, true); }

std::string retort::text::decode(const Tokenizer &tokenizer, const TokenIds &tokens) {
  Detokenizer detokenizer(tokenizer);
  std::string text;
  for (int64_t token : tokens)
    text += detokenizer.push(token);
  return text + detokenizer.finish();
}
