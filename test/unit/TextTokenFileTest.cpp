// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Files of tokens: what is written is read, and what is none is refused.
#include "lib/Text/TokenFile.h"

#include <cstdio>
#include <fstream>
#include <gtest/gtest.h>
#include <unistd.h>

using namespace retort::text;

namespace {
struct TextTokenFile : testing::Test {
  void SetUp() override {
    char name[] = "/tmp/retort-tokens-XXXXXX";
    int file = mkstemp(name);
    ASSERT_GE(file, 0);
    close(file);
    path = name;
  }
  void TearDown() override { std::remove(path.c_str()); }

  void write(const std::string &bytes) {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
  }
  static std::string bytesOf(const TokenWriter &writer) {
    std::string bytes;
    writer.write([&](std::string_view part) { bytes += part; });
    EXPECT_EQ(int64_t(bytes.size()), writer.bytes());
    return bytes;
  }
  TokenFile open(const TokenWriter &writer) {
    write(bytesOf(writer));
    auto file = TokenFile::open(path);
    EXPECT_TRUE(file) << file.error();
    return *file;
  }
  /// Of bytes that differ from those of a file in one place, without the path.
  std::string problem(size_t place, char byte) {
    TokenWriter writer(10);
    EXPECT_TRUE(writer.append({1, 2, 9}));
    std::string bytes = bytesOf(writer);
    bytes[place] = byte;
    return problemOf(bytes);
  }
  std::string problemOf(const std::string &bytes) {
    write(bytes);
    auto file = TokenFile::open(path);
    if (file)
      return "none";
    EXPECT_EQ(file.error().substr(0, path.size() + 2), path + ": ");
    return file.error().substr(path.size() + 2);
  }

  std::string path;
};
} // namespace

TEST_F(TextTokenFile, KeepsIdsOfBothWidths) {
  for (int64_t vocabulary : {65536, 65537, 200000}) {
    TokenWriter writer(vocabulary, 77);
    std::vector<int64_t> all;
    for (int64_t i = 0; i < 1001; ++i)
      all.push_back(i * 7919 % vocabulary);
    all.push_back(vocabulary - 1);
    ASSERT_TRUE(writer.append({all.begin(), all.begin() + 300}));
    ASSERT_TRUE(writer.append({all.begin() + 300, all.end()}));
    EXPECT_EQ(writer.bytes(), 64 + 1002 * (vocabulary > 65536 ? 4 : 2));
    TokenFile file = open(writer);
    EXPECT_EQ(file.size(), 1002);
    EXPECT_EQ(file.vocabulary(), vocabulary);
    EXPECT_EQ(file.tokenizerHash(), 77u);
    EXPECT_EQ(file.windowLength(), 0);
    EXPECT_FALSE(file.hasWeights());
    EXPECT_EQ(file.ids(0, 1002), all);
    EXPECT_EQ(file.ids(500, 3), std::vector<int64_t>(all.begin() + 500, all.begin() + 503));
    EXPECT_EQ(file.rowWeights(500, 3), (std::vector<float>{1, 1, 0}));
  }
}

TEST_F(TextTokenFile, KeepsWhichTokensCount) {
  TokenWriter writer(10, 0, 8);
  std::vector<int64_t> ids{1, 2, 3, 4, 5, 6, 7, 8};
  std::vector<bool> counts{false, false, false, true, true, false, false, false};
  ASSERT_TRUE(writer.append(ids));
  ASSERT_TRUE(writer.append(ids, counts));
  ASSERT_TRUE(writer.append(ids));
  TokenFile file = open(writer);
  EXPECT_TRUE(file.hasWeights());
  EXPECT_EQ(file.windowLength(), 8);
  EXPECT_EQ(file.ids(8, 8), ids);
  for (int64_t i = 0; i < 24; ++i)
    EXPECT_EQ(file.counts(i), i < 8 || i >= 16 || counts[size_t(i - 8)]) << i;
  // The last row of a prompt says the first token behind it.
  EXPECT_EQ(file.rowWeights(8, 8), (std::vector<float>{0, 0, 1, 1, 0, 0, 0, 0}));
  EXPECT_EQ(file.rowWeights(8, 8), rowWeightsOf(counts));
  EXPECT_EQ(file.rowWeights(0, 8), (std::vector<float>{1, 1, 1, 1, 1, 1, 1, 0}));
}

TEST_F(TextTokenFile, CutsWindows) {
  TokenWriter text(10), windows(10, 0, 4);
  ASSERT_TRUE(text.append({1, 2, 3, 4, 5, 6, 7, 8}));
  ASSERT_TRUE(windows.append({1, 2, 3, 4, 5, 6, 7, 8}));
  TokenFile joined = open(text);
  EXPECT_EQ(*joined.countWindows(3), 2);
  EXPECT_EQ(*joined.countWindows(8), 1);
  EXPECT_EQ(joined.countWindows(9).error(), path + ": has 8 tokens, a window takes 9");
  EXPECT_EQ(joined.countWindows(1).error(),
            path + ": expects windows of at least 2 tokens, found 1");
  TokenFile apart = open(windows);
  EXPECT_EQ(*apart.countWindows(4), 2);
  EXPECT_EQ(*apart.countWindows(2), 4);
  EXPECT_EQ(apart.countWindows(3).error(),
            path + ": has windows of 4 tokens, expects a part of that, found 3");
}

TEST_F(TextTokenFile, TellsContentsApart) {
  auto hashOf = [&](std::vector<int64_t> ids, std::vector<bool> counts, int64_t window = 0) {
    TokenWriter writer(65537, 0, window);
    EXPECT_TRUE(writer.append(ids, counts));
    return open(writer).contentHash();
  };
  uint64_t hash = hashOf({1, 2, 3}, {true, true, true});
  EXPECT_EQ(hash, hashOf({1, 2, 3}, {true, true, true}));
  EXPECT_NE(hash, hashOf({1, 2, 65536}, {true, true, true}));
  EXPECT_NE(hash, hashOf({1, 2}, {true, true}));
  EXPECT_NE(hash, hashOf({1, 2, 3}, {false, true, true}));
  EXPECT_NE(hashOf({1, 2, 3}, {false, true, true}), hashOf({1, 2, 3}, {true, false, true}));
  EXPECT_NE(hash, hashOf({1, 2, 3}, {true, true, true}, 3));
}

TEST_F(TextTokenFile, RefusesTokensOfOtherModels) {
  TokenWriter writer(10, 5), unknown(10);
  ASSERT_TRUE(writer.append({1, 2}) && unknown.append({1, 2}));
  TokenFile file = open(writer);
  EXPECT_TRUE(file.expectLogits(10) && file.expectLogits(16));
  EXPECT_EQ(file.expectLogits(9).error(),
            path + ": has ids of a vocabulary of 10, expects at most the model's 9 logits");
  EXPECT_TRUE(file.expectTokenizer(5) && file.expectTokenizer(0));
  EXPECT_EQ(file.expectTokenizer(6).error(),
            path + ": expects tokens of this tokenizer, found those of another vocabulary");
  EXPECT_TRUE(open(unknown).expectTokenizer(6));
}

TEST_F(TextTokenFile, WritesNoIdsBeyondTheVocabulary) {
  TokenWriter writer(10);
  EXPECT_EQ(writer.append({1, 10}).error(), "expects ids from 0 to 9, found 10");
  EXPECT_EQ(writer.append({-1}).error(), "expects ids from 0 to 9, found -1");
  EXPECT_EQ(writer.size(), 0);
}

TEST_F(TextTokenFile, RefusesWhatIsNone) {
  std::string other =
      "expects a file of `retort tokenize` or `retort generate`, found another kind";
  EXPECT_EQ(problemOf(""), other);
  EXPECT_EQ(problemOf("RTOKENS"), other);
  EXPECT_EQ(problemOf(std::string(100, 'x')), other);
  EXPECT_EQ(problem(0, 'r'), other);
  EXPECT_EQ(problem(8, 2), "expects version 1, found version 2");
  EXPECT_EQ(problem(12, 3), "expects ids of 2 or 4 bytes, found 3");
  EXPECT_EQ(problem(12, 4), "expects 76 bytes, found 70");
  EXPECT_EQ(problem(16, 0), "expects 1 to 281474976710656 tokens, found 0");
  EXPECT_EQ(problem(16, 4), "expects 72 bytes, found 70"); // cut off
  EXPECT_EQ(problem(16, 2), "expects 68 bytes, found 70");
  EXPECT_EQ(problem(23, 1), "expects 1 to 281474976710656 tokens, found 72057594037927939");
  EXPECT_EQ(problem(24, 0), "expects a vocabulary of 1 to 4294967296 ids, found 0");
  EXPECT_EQ(problem(24, 9), "expects ids from 0 to 8, found 9 at token 2");
  EXPECT_EQ(problem(40, 2), "expects 0 or 1 for whether there are weights, found 2");
  EXPECT_EQ(problem(40, 1), "expects 73 bytes, found 70");
  EXPECT_EQ(problem(44, 2), "expects windows of 2 tokens, found 3 tokens");
}

TEST_F(TextTokenFile, NamesFilesThatCannotBeRead) {
  EXPECT_EQ(TokenFile::open(path + ".none").error(),
            "cannot read '" + path + ".none': No such file or directory");
  EXPECT_EQ(TokenFile::open("/dev/zero").error(),
            "cannot read '/dev/zero': expects a file (found a folder, a pipe or a device)");
}
