// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Tokens in a file: collects them.
#include "lib/Text/TokenFile.h"
#include "lib/Text/TokenFileHeader.h"

#include <cstring>

using namespace retort::text;
using namespace retort::runtime;

static TokenFileHeader headerOf(int64_t vocabulary, int64_t window, int64_t width, int64_t tokens,
                                uint64_t tokenizer, bool hasWeights) {
  TokenFileHeader header{};
  std::memcpy(header.magic, tokenMagic, sizeof(tokenMagic));
  header.version = tokenVersion;
  header.width = uint32_t(width);
  header.tokens = uint64_t(tokens);
  header.vocabulary = uint64_t(vocabulary);
  header.tokenizer = tokenizer;
  header.weights = hasWeights;
  header.window = uint32_t(window);
  return header;
}

TokenWriter::TokenWriter(int64_t vocabulary, uint64_t tokenizerHash, int64_t windowLength)
    : vocabulary(vocabulary), window(windowLength), width(vocabulary <= 65536 ? 2 : 4),
      tokenizer(tokenizerHash) {}

Status TokenWriter::append(const std::vector<int64_t> &ids) {
  return append(ids, std::vector<bool>(ids.size(), true));
}

Status TokenWriter::append(const std::vector<int64_t> &ids, const std::vector<bool> &counts) {
  for (int64_t id : ids)
    if (id < 0 || id >= vocabulary)
      return Error{"expects ids from 0 to " + std::to_string(vocabulary - 1) + ", found " +
                   std::to_string(id)};
  for (size_t i = 0; i < ids.size(); ++i, ++tokens) {
    auto id = uint32_t(ids[i]);
    data.append(reinterpret_cast<const char *>(&id), size_t(width)); // the lowest bytes
    if (tokens % 8 == 0)
      bits.push_back(0);
    if (counts[i])
      bits.back() = char(bits.back() | 1 << tokens % 8);
    else
      hasWeights = true;
  }
  return Done();
}

int64_t TokenWriter::bytes() const {
  return int64_t(headerOf(vocabulary, window, width, tokens, tokenizer, hasWeights).fileBytes());
}

void TokenWriter::write(const std::function<void(std::string_view)> &take) const {
  TokenFileHeader header = headerOf(vocabulary, window, width, tokens, tokenizer, hasWeights);
  take({reinterpret_cast<const char *>(&header), sizeof(header)});
  take(data);
  if (!hasWeights)
    return;
  take(std::string(header.weightsBegin() - sizeof(header) - data.size(), '\0'));
  take(bits);
}
