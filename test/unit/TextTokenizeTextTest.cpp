// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A text as tokens: joined as windows join it.
#include "TextDecoderFakes.h"
#include "lib/Text/TokenizeText.h"
#include "lib/Text/Windows.h"

#include <cstring>
#include <gtest/gtest.h>

using namespace retort::text;

static std::string sourcePath(const std::string &path) {
  return std::string(getenv("RETORT_SOURCE")) + "/" + path;
}

TEST(TextTokenizeText, JoinsDocumentsAsWindowsDo) {
  LetterTokenizer tokenizer;
  std::string text = "a b c\n<|endoftext|>\nd e\n<|endoftext|>\n<|endoftext|>a b";
  std::vector<double> parts;
  auto result = tokenizeText(text, tokenizer, [&](double part) { parts.push_back(part); });
  ASSERT_TRUE(result) << result.error();
  EXPECT_EQ(result->documents, 4);
  EXPECT_EQ(parts.size(), 4u);
  auto windows = windowsOf(text, tokenizer, result->tokens.size());
  ASSERT_TRUE(windows);
  ASSERT_EQ(windows->size(), 1u);
  std::string bytes;
  result->tokens.write([&](std::string_view part) { bytes += part; });
  ASSERT_EQ(bytes.size(), 64 + 2 * windows->front().size());
  for (size_t i = 0; i < windows->front().size(); ++i) {
    uint16_t id;
    std::memcpy(&id, bytes.data() + 64 + 2 * i, 2);
    EXPECT_EQ(id, windows->front()[i]) << i;
  }
  uint64_t hash;
  std::memcpy(&hash, bytes.data() + 32, 8);
  EXPECT_EQ(hash, hashOfVocabulary(tokenizer));
}

TEST(TextTokenizeText, RefusesWhatHoldsNoText) {
  LetterTokenizer tokenizer;
  EXPECT_EQ(tokenizeText("", tokenizer).error(), "expects a text, found nothing");
  EXPECT_EQ(tokenizeText(" \n<|endoftext|>\n", tokenizer).error(),
            "expects a text, found white space");
}

TEST(TextTokenizeText, KnowsVocabulariesWhateverTheirFormat) {
  auto load = [](const char *path) {
    auto tokenizer = Tokenizer::load(sourcePath(path));
    EXPECT_TRUE(tokenizer) << tokenizer.error();
    return hashOfVocabulary(**tokenizer);
  };
  uint64_t pieces = load("examples/stories/tokenizer.model");
  EXPECT_EQ(pieces, load("examples/stories/tokenizer.json"));
  EXPECT_NE(pieces, load("test/unit/Inputs/tokenizers/byte-level.json"));
  EXPECT_NE(pieces, hashOfVocabulary(LetterTokenizer()));
}
