// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Cuts a text into the windows that a model is scored on.
#include "lib/Text/Windows.h"
#include "lib/Text/Unicode.h"

#include <algorithm>

using namespace retort::text;
using namespace retort::runtime;

static constexpr std::string_view separator = "<|endoftext|>";

std::vector<std::string> retort::text::documentsOf(std::string_view text) {
  std::vector<std::string> documents;
  for (size_t begin = 0;;) {
    size_t end = text.find(separator, begin);
    documents.emplace_back(
        strip(text.substr(begin, end == std::string_view::npos ? end : end - begin)));
    if (end == std::string_view::npos)
      return documents;
    begin = end + separator.size();
  }
}

/// The first bytes of a text, about `size`, up to where a word ends.
static std::string_view beginOf(std::string_view text, size_t size) {
  size_t space = text.find_first_of(" \n", size);
  return text.substr(0, std::min(space, size + 4096));
}

/// The tokens of a text, or at least `count` of its first ones. What a token is follows from the
/// text around it: far from its end, the tokens of a part are those of the whole. So parts are
/// read, each twice as long as the one before, until two agree.
static Result<TokenIds> firstTokens(const Tokenizer &tokenizer, std::string_view text,
                                    size_t count) {
  constexpr size_t bytesPerToken = 8, uncertain = 64;
  TokenIds before;
  for (size_t size = (count + uncertain) * bytesPerToken; size < text.size() / 4; size *= 2) {
    auto tokens = tokenizer.encode(beginOf(text, size));
    if (!tokens)
      return tokens;
    bool isEnough = before.size() >= count + uncertain && tokens->size() >= before.size();
    if (isEnough && std::equal(before.begin(), before.begin() + count, tokens->begin()))
      return TokenIds(before.begin(), before.begin() + count);
    before = std::move(*tokens);
  }
  return tokenizer.encode(text);
}

Result<TokenIds> retort::text::tokensOfDocument(std::string_view document,
                                                const Tokenizer &tokenizer, int64_t most) {
  auto tokens =
      most > 0 ? firstTokens(tokenizer, document, size_t(most)) : tokenizer.encode(document);
  if (tokens)
    tokens->insert(tokens->begin(), tokenizer.bos.begin(), tokenizer.bos.end());
  return tokens;
}

Result<std::vector<TokenIds>> retort::text::windowsOf(std::string_view text,
                                                      const Tokenizer &tokenizer, int64_t length,
                                                      int64_t most) {
  if (length < 2)
    return Error{"expects windows of at least 2 tokens, found " + std::to_string(length)};
  std::vector<TokenIds> windows;
  TokenIds rest;
  for (const std::string &document : documentsOf(text)) {
    auto missing = most > 0 ? (most - int64_t(windows.size())) * length : 0;
    auto tokens = tokensOfDocument(document, tokenizer, missing);
    if (!tokens)
      return Error{tokens.error()};
    rest.insert(rest.end(), tokens->begin(), tokens->end());
    auto next = rest.begin();
    for (; rest.end() - next >= length; next += length) {
      windows.emplace_back(next, next + length);
      if (most > 0 && int64_t(windows.size()) == most)
        return windows;
    }
    rest.erase(rest.begin(), next);
  }
  if (windows.empty())
    return Error{"the text has " + std::to_string(rest.size()) + " tokens, a window takes " +
                 std::to_string(length)};
  return windows;
}

int64_t retort::text::scoredBytes(const TokenIds &window, const Tokenizer &tokenizer) {
  int64_t bytes = 0;
  for (size_t i = 1; i < window.size(); ++i) {
    std::string text = tokenizer.bytesOf(window[i]);
    bool first = !tokenizer.bos.empty() && window[i - 1] == tokenizer.bos.back();
    bool dropped =
        first && tokenizer.leadingSpace() != LeadingSpace::Kept && !text.empty() && text[0] == ' ';
    bytes += int64_t(text.size()) - dropped;
  }
  return bytes;
}
