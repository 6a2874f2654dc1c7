// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The first bytes of a file of tokens, as TokenFile.h describes them.
#ifndef RETORT_LIB_TEXT_TOKENFILEHEADER_H
#define RETORT_LIB_TEXT_TOKENFILEHEADER_H

#include <cstdint>

namespace retort::text {

inline constexpr char tokenMagic[8] = "RTOKENS";
inline constexpr uint32_t tokenVersion = 1;
inline constexpr uint64_t mostTokenIds = uint64_t(1) << 32;
// Whose bytes are counted without overflow.
inline constexpr uint64_t mostTokensOfFile = uint64_t(1) << 48;

struct TokenFileHeader {
  char magic[8];
  uint32_t version, width;
  uint64_t tokens, vocabulary, tokenizer;
  uint32_t weights, window;
  uint64_t zeros[2];

  uint64_t weightsBegin() const { return (sizeof(*this) + tokens * width + 7) / 8 * 8; }
  uint64_t fileBytes() const {
    return weights ? weightsBegin() + (tokens + 7) / 8 : sizeof(*this) + tokens * width;
  }
};
static_assert(sizeof(TokenFileHeader) == 64);
static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "ids are read as they lie in the file");

} // namespace retort::text

#endif
