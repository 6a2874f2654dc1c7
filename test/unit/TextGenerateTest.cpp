// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Continuing a text, with a model of a few words.
#include "TextDecoderFakes.h"
#include "lib/Text/Generate.h"
#include "lib/Text/Measure.h"
#include "lib/Text/StopTexts.h"

#include <gtest/gtest.h>

using namespace retort::text;

namespace {
/// Says what comes next whatever was read: the letters of a text, then EOS.
class ScriptedDecoder : public retort::runtime::Decoder {
public:
  ScriptedDecoder(TokenIds script, int64_t context) : script(std::move(script)) {
    ids = 8;
    limit = context;
  }
  retort::runtime::Result<retort::runtime::Tensor> read(const TokenIds &tokens, int64_t) override {
    using namespace retort::runtime;
    past += int64_t(tokens.size());
    Tensor logits = Tensor::allocate(ElementType::F32, {1, ids});
    logits.as<float>()[script[said++ % script.size()]] = 1;
    return logits;
  }
  void reset() override { past = 0; }
  retort::runtime::Result<retort::runtime::DecoderState> state() const override {
    return retort::runtime::DecoderState();
  }
  retort::runtime::Status restore(const retort::runtime::DecoderState &) override {
    return retort::runtime::Done();
  }

private:
  TokenIds script;
  size_t said = 0;
};

struct Outcome {
  Generated result;
  std::string text, error;
};
} // namespace

static Outcome continueText(TokenIds script, int64_t tokens, int64_t context = 0,
                            std::string prompt = "a b", std::vector<std::string> stops = {}) {
  LetterTokenizer tokenizer;
  Reader reader{std::make_unique<ScriptedDecoder>(std::move(script), context), context, {2, 1}, {}};
  GenerateOptions options;
  options.prompt = std::move(prompt);
  options.tokens = tokens;
  options.stops = std::move(stops);
  Outcome outcome;
  auto result =
      generate(reader, tokenizer, options, [&](const std::string &part) { outcome.text += part; });
  if (result)
    outcome.result = *result;
  else
    outcome.error = result.error();
  return outcome;
}

TEST(TextGenerate, StopsBeforeATextOfTheContinuation) {
  Outcome outcome = continueText({5, 6, 7, 5, 6}, 10, 0, "a c d", {"x", "d e", "e c"});
  EXPECT_EQ(outcome.error, "");
  EXPECT_EQ(outcome.text, "a c d c "); // the prompt holds none
  EXPECT_EQ(outcome.result.tokens, (TokenIds{5, 6}));
  EXPECT_EQ(outcome.result.reason, StopReason::Text);
  // What only begins a stop is part of the text.
  outcome = continueText({5, 6}, 2, 0, "a", {"d e"});
  EXPECT_EQ(outcome.text, "a c d");
  EXPECT_EQ(outcome.result.reason, StopReason::Count);
}

TEST(TextStopTexts, HoldsBackWhatMayBecomeAStop) {
  StopTexts stops({"aab", "xy"});
  EXPECT_EQ(stops.push("1a"), "1");
  EXPECT_EQ(stops.push("a"), "");
  EXPECT_EQ(stops.push("a"), "a");
  EXPECT_EQ(stops.push("2x"), "aa2");
  EXPECT_FALSE(stops.reached());
  EXPECT_EQ(stops.push("y3"), "");
  EXPECT_TRUE(stops.reached());
  EXPECT_EQ(stops.push("4"), "");
  EXPECT_EQ(stops.finish(), "");
  StopTexts first({"b", "a"});
  EXPECT_EQ(first.push("1a2b"), "1");
  StopTexts open({"ab"});
  EXPECT_EQ(open.push("1a") + open.finish(), "1a");
}

TEST(TextGenerate, StopsAtTheEndOfTheText) {
  Outcome outcome = continueText({5, 6, 2, 7}, 10);
  EXPECT_EQ(outcome.error, "");
  EXPECT_EQ(outcome.result.prompt, (TokenIds{1, 3, 4}));
  EXPECT_EQ(outcome.result.tokens, (TokenIds{5, 6}));
  EXPECT_EQ(outcome.text, "a b c d");
  EXPECT_EQ(outcome.result.reason, StopReason::Token);
}

TEST(TextGenerate, StopsWhereAnotherTextBegins) {
  Outcome outcome = continueText({5, 1, 6}, 10);
  EXPECT_EQ(outcome.result.tokens, (TokenIds{5}));
  EXPECT_EQ(outcome.result.reason, StopReason::Token);
}

TEST(TextGenerate, StopsAfterTheNumberOfTokens) {
  Outcome outcome = continueText({5, 6, 7}, 4);
  EXPECT_EQ(outcome.result.tokens, (TokenIds{5, 6, 7, 5}));
  EXPECT_EQ(outcome.result.reason, StopReason::Count);
  EXPECT_EQ(continueText({5}, 0).text, "a b");
}

TEST(TextGenerate, StopsWhereTheContextIsFull) {
  Outcome outcome = continueText({5, 6, 7}, 10, 5);
  EXPECT_EQ(outcome.result.tokens, (TokenIds{5, 6, 7})); // the last one is not read
  EXPECT_EQ(outcome.result.reason, StopReason::Context);
}

TEST(TextGenerate, RefusesPromptsThatDoNotFit) {
  EXPECT_EQ(continueText({5}, 10, 4, "a b c d").error,
            "the prompt has 5 tokens, the context holds 4");
}

TEST(TextMeasure, ReadsThePromptAndWritesBehindIt) {
  SineDecoder decoder;
  auto speed = measureSpeed(decoder, 9, 7);
  ASSERT_TRUE(speed) << speed.error();
  EXPECT_GT(speed->prefill, 0);
  EXPECT_GT(speed->decode, 0);
  EXPECT_EQ(decoder.position(), 16);
  EXPECT_EQ(measureSpeed(decoder, 10, 7).error(), "too long");
  EXPECT_EQ(measureSpeed(decoder, 0, 7).error(),
            "expects at least 1 token to read and 1 to write, found 0 and 7");
}

TEST(TextReader, RefusesTokenizersOfAnotherModel) {
  LetterTokenizer tokenizer;
  SineDecoder decoder(0, 5);
  EXPECT_EQ(checkVocabulary(decoder, tokenizer).error(),
            "a token has 5 output values: these are no logits of the tokenizer's 8 ids");
  SineDecoder larger(0, 9); // padded, as many are
  EXPECT_TRUE(checkVocabulary(larger, tokenizer));
}

namespace {
/// Says what a function of all tokens so far says, and forgets as asked.
class RewindingDecoder : public retort::runtime::Decoder {
public:
  explicit RewindingDecoder(int64_t context) {
    ids = 8;
    limit = context;
  }
  retort::runtime::Result<retort::runtime::Tensor> read(const TokenIds &tokens,
                                                        int64_t rows) override {
    using namespace retort::runtime;
    ++calls;
    largest = std::max(largest, tokens.size());
    if (limit > 0 && past + int64_t(tokens.size()) > limit)
      return Error{"too long"};
    Tensor logits = Tensor::allocate(ElementType::F32, {int64_t(tokens.size()), ids});
    for (size_t i = 0; i < tokens.size(); ++i) {
      text.push_back(tokens[i]);
      logits.as<float>()[int64_t(i) * ids + next()] = 1;
    }
    past = int64_t(text.size());
    return rows ? logits.floatRows(int64_t(tokens.size()) - rows, rows) : logits;
  }
  void reset() override {
    text.clear();
    past = 0;
  }
  retort::runtime::Result<retort::runtime::DecoderState> state() const override {
    return retort::runtime::DecoderState();
  }
  retort::runtime::Status restore(const retort::runtime::DecoderState &) override {
    return retort::runtime::Done();
  }
  bool rewinds() const override { return true; }
  retort::runtime::Status rewind(int64_t count) override {
    text.resize(text.size() - size_t(count));
    past = int64_t(text.size());
    return retort::runtime::Done();
  }

  int calls = 0;
  size_t largest = 0;

private:
  /// Repeats itself, with a break now and then.
  int64_t next() const {
    return text.size() % 13 == 0 ? 3 + int64_t(text.size()) / 13 % 5
                                 : 3 + (text.back() * 2 + text[text.size() / 2]) % 5;
  }
  TokenIds text;
};

struct Drafted {
  TokenIds tokens;
  int calls;
  size_t largest;
  DraftCounts counts;
};
} // namespace

static Drafted continueWith(bool drafts, int64_t tokens, int64_t context) {
  LetterTokenizer tokenizer;
  auto decoder = std::make_unique<RewindingDecoder>(context);
  RewindingDecoder &fake = *decoder;
  Reader reader{std::move(decoder), context, {2, 1}, {}};
  GenerateOptions options;
  options.prompt = "a b c d a b";
  options.tokens = tokens;
  options.drafts = drafts;
  auto result = generate(reader, tokenizer, options, [](const std::string &) {});
  EXPECT_TRUE(result) << (result ? "" : result.error());
  return {result ? result->tokens : TokenIds(), fake.calls, fake.largest,
          result ? result->drafts : DraftCounts()};
}

TEST(TextGenerate, DraftsGiveTheSameTokensInFewerCalls) {
  for (int64_t tokens : {1, 2, 3, 7, 50, 200})
    for (int64_t context : {0, 16, 31, 64}) {
      Drafted plain = continueWith(false, tokens, context),
              drafted = continueWith(true, tokens, context);
      EXPECT_EQ(plain.tokens, drafted.tokens) << tokens << " of " << context;
      EXPECT_EQ(drafted.calls, drafted.counts.calls);
      EXPECT_LE(drafted.largest, 8u);
      EXPECT_EQ(plain.counts.drafted, 0);
    }
  Drafted plain = continueWith(false, 200, 0), drafted = continueWith(true, 200, 0);
  EXPECT_LT(drafted.calls, plain.calls);
  EXPECT_EQ(plain.calls - drafted.calls, drafted.counts.right);
}

namespace {
/// Gives logits of the last token alone, and says so or not.
class LastRowDecoder : public RewindingDecoder {
public:
  explicit LastRowDecoder(bool isHonest) : RewindingDecoder(0), isHonest(isHonest) {}
  bool givesEveryRow() const override { return !isHonest; }
  retort::runtime::Result<retort::runtime::Tensor> read(const TokenIds &tokens, int64_t) override {
    return RewindingDecoder::read(tokens, 1);
  }

private:
  bool isHonest;
};
} // namespace

TEST(TextGenerate, DraftsNeedLogitsOfEachToken) {
  LetterTokenizer tokenizer;
  GenerateOptions options;
  options.prompt = "a b c d a b c d";
  options.drafts = true;
  auto errorOf = [&](bool isHonest) {
    Reader reader{std::make_unique<LastRowDecoder>(isHonest), 0, {2, 1}, {}};
    auto result = generate(reader, tokenizer, options, [](const std::string &) {});
    return result ? "" : result.error();
  };
  EXPECT_EQ(errorOf(true),
            "the model cannot check a draft: it gives logits of the last token alone");
  EXPECT_NE(errorOf(false).find("expects logits of "), std::string::npos) << errorOf(false);
}

TEST(TextGenerate, DraftsNeedADecoderThatForgets) {
  LetterTokenizer tokenizer;
  Reader reader{std::make_unique<ScriptedDecoder>(TokenIds{5}, 0), 0, {2, 1}, {}};
  GenerateOptions options;
  options.prompt = "a";
  options.drafts = true;
  auto result = generate(reader, tokenizer, options, [](const std::string &) {});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error(), "the model cannot take back a draft: it has no decode step whose "
                            "states are rows of tokens alone");
}

TEST(TextGenerate, LooksUpWhatFollowedTheLongestEnd) {
  EXPECT_EQ(draftByLookup({}, 7), TokenIds());
  EXPECT_EQ(draftByLookup({1}, 7), TokenIds());
  EXPECT_EQ(draftByLookup({1, 2, 1}, 7), TokenIds()) << "one token alone is no match";
  EXPECT_EQ(draftByLookup({1, 2, 3, 4, 1, 2}, 7), (TokenIds{3, 4, 1, 2}));
  EXPECT_EQ(draftByLookup({1, 2, 3, 4, 1, 2}, 2), (TokenIds{3, 4}));
  // The last of two equal ones, unless an earlier one is longer.
  EXPECT_EQ(draftByLookup({1, 2, 5, 1, 2, 6, 1, 2}, 1), (TokenIds{6}));
  EXPECT_EQ(draftByLookup({9, 1, 2, 5, 1, 2, 6, 9, 1, 2}, 1), (TokenIds{5}));
  // A text that repeats one token continues itself.
  EXPECT_EQ(draftByLookup({4, 4, 4}, 3), (TokenIds{4}));
}
