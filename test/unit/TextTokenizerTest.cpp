// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Tokenizers against ids and text that Hugging Face's library gives for the same files.
#include "lib/Text/Tokenizer.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

#include <gtest/gtest.h>

using namespace llvm;
using namespace retort::text;

static std::string sourcePath(const Twine &path) {
  return (Twine(getenv("RETORT_SOURCE")) + "/" + path).str();
}

static std::unique_ptr<Tokenizer> load(const std::string &path) {
  auto tokenizer = Tokenizer::load(path);
  EXPECT_TRUE(tokenizer) << tokenizer.error();
  return tokenizer ? std::move(*tokenizer) : nullptr;
}

/// Ids of a JSON array.
static TokenIds idsOf(const json::Object &object) {
  TokenIds ids;
  for (const json::Value &id : *object.getArray("ids"))
    ids.push_back(*id.getAsInteger());
  return ids;
}

TEST(TextTokenizer, AgreesWithRecordedIdsAndText) {
  std::string folder = sourcePath("test/unit/Inputs/tokenizers/");
  auto buffer = MemoryBuffer::getFile(folder + "cases.json");
  ASSERT_TRUE(buffer);
  auto cases = json::parse((*buffer)->getBuffer());
  ASSERT_TRUE(bool(cases));
  ASSERT_GE(cases->getAsObject()->size(), 12u);
  for (const auto &[name, list] : *cases->getAsObject()) {
    auto tokenizer = load(folder + name.str() + ".json");
    ASSERT_TRUE(tokenizer);
    for (const json::Value &value : *list.getAsArray()) {
      const json::Object &one = *value.getAsObject();
      std::string text = one.getString("text")->str();
      SCOPED_TRACE(name.str() + ": " + text);
      auto ids = tokenizer->encode(text);
      ASSERT_TRUE(ids) << ids.error();
      EXPECT_EQ(*ids, idsOf(one));
      EXPECT_EQ(decode(*tokenizer, *ids), one.getString("decoded")->str());
    }
  }
}

TEST(TextTokenizer, FindsControlTokensOfPiecesOnRequest) {
  auto pieces = load(sourcePath("examples/stories/tokenizer.model"));
  ASSERT_TRUE(pieces);
  auto plain = pieces->encode("Once</s>upon<s>"), once = pieces->encode("Once"),
       upon = pieces->encode("upon");
  ASSERT_TRUE(plain && once && upon);
  EXPECT_EQ(std::count(plain->begin(), plain->end(), 2), 0);
  TokenIds expected = *once;
  expected.push_back(2);
  expected.insert(expected.end(), upon->begin(), upon->end());
  expected.push_back(1);
  pieces->findsControls = true;
  auto found = pieces->encode("Once</s>upon<s>");
  ASSERT_TRUE(found);
  EXPECT_EQ(*found, expected);
}

TEST(TextTokenizer, BothFilesOfTheExampleAgree) {
  auto pieces = load(sourcePath("examples/stories/tokenizer.model"));
  auto json = load(sourcePath("examples/stories/tokenizer.json"));
  ASSERT_TRUE(pieces && json);
  EXPECT_EQ(pieces->size(), 2048);
  EXPECT_EQ(json->size(), 2048);
  EXPECT_EQ(pieces->bos, TokenIds{1});
  EXPECT_EQ(json->bos, TokenIds{1});
  EXPECT_EQ(pieces->eos, 2);
  EXPECT_EQ(json->eos, 2);
  EXPECT_EQ(json->longest, 256); // tokenizer_config.json
  auto buffer = MemoryBuffer::getFile(sourcePath("examples/stories/sample.txt"));
  ASSERT_TRUE(buffer);
  SmallVector<StringRef> stories;
  (*buffer)->getBuffer().split(stories, "<|endoftext|>");
  EXPECT_EQ(stories.size(), 160u);
  for (StringRef story : stories) {
    // One takes runs of spaces for one, the other drops them at the ends of lines as well.
    if (story.contains("  ") || story.contains("\n ") || story.contains(" \n"))
      continue;
    std::string text = story.trim().str();
    auto ids = pieces->encode(text);
    EXPECT_EQ(*ids, *json->encode(text));
    EXPECT_EQ(decode(*pieces, *ids), text);
    EXPECT_EQ(decode(*json, *ids), text);
  }
}

TEST(TextTokenizer, FindsTheTokensAroundAText) {
  std::string folder = sourcePath("test/unit/Inputs/tokenizers/");
  EXPECT_EQ(load(folder + "template.json")->bos, TokenIds{0});
  EXPECT_EQ(load(folder + "wordpiece.json")->bos, TokenIds{1});
  EXPECT_TRUE(load(folder + "byte-level.json")->bos.empty());
}

namespace {
/// A folder for a tokenizer.json and the file beside it.
class TextTokenizerFile : public testing::Test {
protected:
  void SetUp() override { ASSERT_FALSE(sys::fs::createUniqueDirectory("retort-text", folder)); }
  void TearDown() override { sys::fs::remove_directories(folder); }

  std::string write(StringRef name, StringRef content) {
    std::string path = (folder + "/" + name).str();
    std::error_code code;
    raw_fd_ostream(path, code) << content;
    return path;
  }
  std::string problem(StringRef content, StringRef name = "tokenizer.json") {
    std::string path = write(name, content);
    auto tokenizer = Tokenizer::load(path);
    std::string start = "tokenizer '" + path + "': ";
    if (tokenizer)
      return "none";
    EXPECT_TRUE(StringRef(tokenizer.error()).starts_with(start)) << tokenizer.error();
    return StringRef(tokenizer.error()).substr(start.size()).str();
  }

  SmallString<128> folder;
};
} // namespace

TEST_F(TextTokenizerFile, RefusesWhatIsNoTokenizer) {
  EXPECT_EQ(problem("", "a.model"), "the file is empty");
  EXPECT_TRUE(StringRef(problem("hello", "a.model"))
                  .starts_with("expects a SentencePiece model or a tokenizer.json ("));
  EXPECT_EQ(problem("{}"), "expects an object for 'model', found null");
  EXPECT_TRUE(StringRef(problem("{\"model\": {"))
                  .starts_with("not valid JSON: parse error at line 1, column "));
  EXPECT_EQ(problem(R"({"model": {"type": "Foo"}})"), "unsupported model 'Foo'");
  EXPECT_EQ(problem(R"({"model": {"type": "BPE", "vocab": [], "merges": []}})"),
            "expects an object for 'model.vocab', found array");
  EXPECT_EQ(problem(R"({"model": {"type": "BPE", "vocab": {"a": -2}, "merges": []}})"),
            "expects an id from 0 to 4194303 for token 'a' (found -2)");
  EXPECT_EQ(problem(R"({"model": {"type": "BPE", "vocab": {"a": 0}, "merges": ["a b"]}})"),
            "the merged token 'b' is not in the vocabulary");
  EXPECT_EQ(problem(R"({"model": {"type": "BPE", "vocab": {"a": 0}, "merges": ["a"]}})"),
            "expects a pair of tokens for merge 0");
  EXPECT_EQ(problem(R"({"model": {"type": "Unigram", "vocab": [["a", 0], ["b"]]}})"),
            "expects a token and its score for id 1");
  EXPECT_EQ(
      problem(R"({"added_tokens": 1, "model": {"type": "BPE", "vocab": {"a": 0}, "merges": []}})"),
      "expects an array for 'added_tokens', found number");
  EXPECT_EQ(problem(R"({"model": {"type": "Unigram", "vocab": [["a", 0]], "unk_id": 7}})"),
            "'unk_id' is 7 of 1 tokens");
  EXPECT_EQ(problem(R"({"model": {"type": "WordPiece", "vocab": {"a": 0}}})"),
            "'unk_token' '[UNK]' is not in the vocabulary");
}

TEST_F(TextTokenizerFile, RefusesStepsThatItDoesNotKnow) {
  std::string model = R"("model": {"type": "BPE", "vocab": {"a": 0}, "merges": []}})";
  EXPECT_EQ(problem(R"({"normalizer": {"type": "Foo"}, )" + model), "unsupported normalizer 'Foo'");
  EXPECT_EQ(problem(R"({"pre_tokenizer": {"type": "FixedLength"}, )" + model),
            "unsupported pre_tokenizer 'FixedLength'");
  EXPECT_EQ(problem(R"({"decoder": {"type": "CTC"}, )" + model), "unsupported decoder 'CTC'");
  EXPECT_EQ(
      problem(R"({"normalizer": {"type": "Replace", "pattern": {"Regex": "(a"}, "content": ""}, )" +
              model),
      "regular expression '(a': U_REGEX_MISMATCHED_PAREN");
  EXPECT_EQ(problem(R"({"normalizer": {"type": "Precompiled", "precompiled_charsmap": "/w=="}, )" +
                    model),
            "'precompiled_charsmap' is cut off");
}

TEST_F(TextTokenizerFile, NamesFilesThatAreNotThere) {
  auto tokenizer = Tokenizer::load((folder + "/none.model").str());
  ASSERT_FALSE(tokenizer);
  EXPECT_EQ(tokenizer.error(),
            ("cannot read tokenizer '" + folder + "/none.model': No such file or directory").str());
}

TEST_F(TextTokenizerFile, TheConfigurationAddsAndRemovesBos) {
  std::string path = write("tokenizer.json",
                           R"({"model": {"type": "BPE", "vocab": {"a": 0, "[B]": 1}, "merges": []},
    "post_processor": {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "a"}}, {"Sequence": {"id": "A"}}]}})");
  EXPECT_EQ(load(path)->bos, TokenIds{0});
  write("tokenizer_config.json",
        R"({"add_bos_token": false, "bos_token": "a", "eos_token": {"content": "[B]"}})");
  EXPECT_TRUE(load(path)->bos.empty());
  EXPECT_EQ(load(path)->eos, 1);
}

TEST(TextDetokenizer, WritesWholeCharacters) {
  auto tokenizer = load(sourcePath("examples/stories/tokenizer.model"));
  ASSERT_TRUE(tokenizer);
  auto byte = [](int value) { return int64_t(3 + value); }; // <0x00> is 3
  Detokenizer detokenizer(*tokenizer);
  EXPECT_EQ(detokenizer.push(1), ""); // BOS
  EXPECT_EQ(detokenizer.push(byte(0xc3)), "");
  EXPECT_EQ(detokenizer.push(byte(0xa9)), "\u00e9");
  EXPECT_EQ(detokenizer.push(byte(0xe4)), "");
  EXPECT_EQ(detokenizer.push(byte('x')), "\ufffdx"); // cut off
  EXPECT_EQ(detokenizer.push(byte(0xff)), "\ufffd");
  EXPECT_EQ(detokenizer.push(byte(0xf0)), "");
  EXPECT_EQ(detokenizer.finish(), "\ufffd");
  EXPECT_EQ(tokenizer->bytesOf(-1), "");
  EXPECT_EQ(tokenizer->bytesOf(2048), "");
}
