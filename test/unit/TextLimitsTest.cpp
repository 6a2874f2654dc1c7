// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Tokenizers that are made to take all memory, all time or the stack: each is an error.
#include "lib/Text/JsonLevels.h"
#include "lib/Text/Tokenizer.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/raw_ostream.h"

#include <gtest/gtest.h>

using namespace llvm;
using namespace retort::text;

static std::string repeated(StringRef text, size_t times) {
  std::string result;
  for (size_t i = 0; i < times; ++i)
    result += text;
  return result;
}

namespace {
struct Opened {
  std::unique_ptr<Tokenizer> tokenizer;
  std::string error; // without the name of the file
};
} // namespace

static Opened open(const std::string &json) {
  SmallString<128> path;
  int file;
  EXPECT_FALSE(sys::fs::createTemporaryFile("tokenizer", "json", file, path));
  raw_fd_ostream(file, /*shouldClose=*/true) << json;
  auto result = Tokenizer::load(std::string(path));
  sys::fs::remove(path);
  if (result)
    return {std::move(*result), ""};
  return {nullptr, StringRef(result.error()).split("': ").second.str()};
}

/// A tokenizer of the letter a, with these parts.
static Opened openWith(const std::string &parts) {
  return open("{" + parts + R"(, "model": {"type": "BPE", "vocab": {"a": 0}, "merges": []}})");
}

static std::string encodeError(const Opened &opened, const std::string &text) {
  EXPECT_TRUE(opened.tokenizer) << opened.error;
  auto ids = opened.tokenizer ? opened.tokenizer->encode(text) : TokenIds();
  return ids ? "" : ids.error();
}

TEST(TextLimits, LevelsOfAFile) {
  auto nested = [](StringRef member, StringRef list, size_t levels) {
    std::string sequence = "{\"type\": \"Sequence\", \"" + list.str() + "\": [";
    return "\"" + member.str() + "\": " + repeated(sequence, levels) + repeated("]}", levels);
  };
  for (auto [member, list] : {std::pair("normalizer", "normalizers"),
                              std::pair("pre_tokenizer", "pretokenizers"),
                              std::pair("decoder", "decoders"),
                              std::pair("post_processor", "processors")}) {
    EXPECT_EQ(openWith(nested(member, list, 20000)).error,
              "expects at most 64 levels of arrays and objects (found 40001)");
    EXPECT_EQ(openWith(nested(member, list, 30)).error, "");
  }
  EXPECT_EQ(countJsonLevels(R"(["[[[", {"a\"[": []}])"), 3);
}

TEST(TextLimits, StepsOfAList) {
  auto list = [](StringRef member, StringRef name, StringRef step, size_t count) {
    std::string steps = repeated(step.str() + ", ", count - 1) + step.str();
    return ("\"" + member + "\": {\"type\": \"Sequence\", \"" + name + "\": [" + steps + "]}")
        .str();
  };
  StringRef lower = R"({"type": "Lowercase"})", digits = R"({"type": "Digits"})";
  EXPECT_EQ(openWith(list("normalizer", "normalizers", lower, 256)).error, "");
  EXPECT_EQ(openWith(list("normalizer", "normalizers", lower, 300)).error,
            "expects at most 256 steps of a normalizer (found 257)");
  EXPECT_EQ(openWith(list("pre_tokenizer", "pretokenizers", digits, 300)).error,
            "expects at most 256 steps of a pre_tokenizer (found 257)");
  EXPECT_EQ(openWith(list("decoder", "decoders", R"({"type": "ByteFallback"})", 300)).error,
            "expects at most 256 steps of a decoder (found 257)");
}

TEST(TextLimits, GrowthOfAText) {
  std::string replace =
      R"({"type": "Replace", "pattern": {"String": "a"}, "content": "aaaaaaaa"}, )";
  std::string grows = "a text of 1 bytes grows to more than ";
  auto starts = [](StringRef error, StringRef start) { return error.starts_with(start); };
  EXPECT_TRUE(starts(encodeError(openWith(R"("normalizer": {"type": "Sequence", "normalizers": [)" +
                                          repeated(replace, 40) + R"({"type": "NFC"}]})"),
                                 "a"),
                     grows));
  // Bytes beyond ASCII take two bytes each, and those again.
  EXPECT_TRUE(starts(
      encodeError(openWith(R"("pre_tokenizer": {"type": "Sequence", "pretokenizers": [)" +
                           repeated(R"({"type": "ByteLevel", "use_regex": false}, )", 60) +
                           R"({"type": "Digits"}]})"),
                  "\u00e9"),
      "a text of 2 bytes grows"));
  EXPECT_TRUE(starts(openWith(R"("decoder": {"type": "Sequence", "decoders": [)" +
                              repeated(replace, 40) + R"({"type": "Fuse"}]})")
                         .error,
                     grows));
  std::string mark(size_t(1) << 22, 'm');
  EXPECT_TRUE(starts(encodeError(openWith(R"("pre_tokenizer": {"type": "Metaspace", "replacement": ")" +
                                          mark + "\"}"),
                                 "a"),
                     grows));
  EXPECT_TRUE(starts(
      encodeError(openWith(R"("normalizer": {"type": "Prepend", "prepend": ")" + mark + "\"}"), "a"),
      grows));
  // What one character becomes in Unicode is no mistake.
  std::string ligature = "\ufdfa"; // 18 letters
  EXPECT_EQ(encodeError(openWith(R"("normalizer": {"type": "NFKC"})"), repeated(ligature, 100000)),
            "");
}

TEST(TextLimits, StepsOfARegularExpression) {
  auto splitAt = [](StringRef regex) {
    return openWith((R"("pre_tokenizer": {"type": "Split", "behavior": "Isolated", "pattern": {"Regex": ")" +
                     regex + "\"}}")
                        .str());
  };
  for (StringRef regex : {"(a+)+$", "(a|aa)+$", "(a*)*b", "(.*a){25}b"})
    EXPECT_EQ(encodeError(splitAt(regex), std::string(60, 'a') + "c"),
              ("regular expression '" + regex + "': takes too many steps on this text").str());
  // Long texts of one letter, and digits that are counted from the end, are none of the kind.
  EXPECT_EQ(encodeError(splitAt("\\\\p{L}+|(?:a|b)+"), std::string(1000000, 'a')), "");
  EXPECT_EQ(encodeError(splitAt("(?:a|b)+"), std::string(1000000, 'a')), "");
  EXPECT_EQ(encodeError(splitAt("\\\\d{1,3}(?=(?:\\\\d{3})*\\\\b)"), std::string(3000, '1')), "");
  EXPECT_EQ(splitAt(std::string(20000, 'a')).error,
            "expects a regular expression of at most 16384 bytes (found 20000)");
}

TEST(TextLimits, IdsOfAVocabulary) {
  auto withId = [](StringRef id) {
    return open((R"({"model": {"type": "BPE", "merges": [], "vocab": {"a": )" + id + "}}}").str())
        .error;
  };
  EXPECT_EQ(withId("4194304"), "expects an id from 0 to 4194303 for token 'a' (found 4194304)");
  EXPECT_EQ(withId("1.5"), "token 'a' has no integer id");
  EXPECT_NE(withId("1e400"), "");
  EXPECT_EQ(openWith(R"("added_tokens": [{"id": -3, "content": "x"}])").error,
            "expects an id from 0 to 4194303 for token 'x' (found -3)");
}

TEST(TextLimits, LongWords) {
  Opened opened = open(
      R"({"model": {"type": "WordPiece", "vocab": {"[UNK]": 0, "a": 1, "##a": 2}, "max_input_chars_per_word": 100000000}})");
  ASSERT_TRUE(opened.tokenizer) << opened.error;
  EXPECT_EQ(opened.tokenizer->encode(std::string(9000, 'a'))->size(), 9000u);
  EXPECT_EQ(*opened.tokenizer->encode(std::string(300000, 'a')), TokenIds{0});
  opened = open(
      R"({"model": {"type": "WordPiece", "vocab": {"[UNK]": 0, "a": 1}, "max_input_chars_per_word": -5}})");
  EXPECT_EQ(*opened.tokenizer->encode("a"), TokenIds{0});
}

TEST(TextLimits, LongTokens) {
  std::string token(5000, 'a');
  std::string expected = "expects tokens of at most 4096 bytes (found 5000 for id ";
  EXPECT_EQ(open(R"({"model": {"type": "Unigram", "vocab": [["b", 0], [")" + token + R"(", -1]]}})").error,
            expected + "1)");
  EXPECT_EQ(openWith(R"("added_tokens": [{"id": 7, "content": ")" + token + "\"}]").error,
            expected + "7)");
}

TEST(TextLimits, TextsThatAreNotUtf8) {
  Opened opened = openWith(R"("normalizer": {"type": "NFKC"})");
  EXPECT_EQ(encodeError(opened, "a\xff\xc3(\xed\xa0\x80\xf8"), "");
  EXPECT_EQ(encodeError(opened, std::string("a\0a", 3)), "");
}
