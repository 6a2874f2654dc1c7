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
