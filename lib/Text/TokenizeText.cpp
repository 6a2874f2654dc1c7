// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A whole text as tokens for training, and which tokenizer they are of.
#include "lib/Text/TokenizeText.h"
#include "lib/Text/Windows.h"

#include <algorithm>

using namespace retort::text;
using namespace retort::runtime;

// What SentencePiece writes for an id of which it knows no text; a tokenizer.json has none.
static constexpr std::string_view unknown = " \u2047 ";

uint64_t retort::text::hashOfVocabulary(const Tokenizer &tokenizer) {
  auto hash = uint64_t(tokenizer.size());
  for (int64_t id = 0; id < tokenizer.size(); ++id) {
    std::string bytes = tokenizer.bytesOf(id);
    hash = hashOfBytes(bytes == unknown ? "" : bytes, hash);
  }
  return std::max<uint64_t>(hash, 1);
}

Result<TokenizedText> retort::text::tokenizeText(std::string_view text, const Tokenizer &tokenizer,
                                                 const std::function<void(double)> &progress) {
  std::vector<std::string> documents = documentsOf(text);
  if (std::all_of(documents.begin(), documents.end(),
                  [](const std::string &document) { return document.empty(); }))
    return Error{"expects a text, found " + std::string(text.empty() ? "nothing" : "white space")};
  TokenWriter writer(tokenizer.size(), hashOfVocabulary(tokenizer));
  size_t read = 0;
  for (const std::string &document : documents) {
    auto tokens = tokensOfDocument(document, tokenizer);
    if (!tokens)
      return Error{tokens.error()};
    if (Status added = writer.append(*tokens); !added)
      return Error{added.error()};
    read += document.size();
    if (progress)
      progress(double(read) / double(text.size()));
  }
  if (writer.size() == 0)
    return Error{"expects a text, found one that has no tokens"};
  return TokenizedText{std::move(writer), int64_t(documents.size())};
}
