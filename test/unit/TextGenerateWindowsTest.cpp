// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Windows that a model writes: what is drawn, what counts, and that each is a function of its
// number.
#include "TextDecoderFakes.h"
#include "lib/Text/GenerateWindows.h"
#include "lib/Text/Prompts.h"
#include "lib/Text/Sampler.h"

#include <gtest/gtest.h>

using namespace retort::text;
using namespace retort::runtime;

namespace {
using Windows = std::vector<GeneratedWindow>;

/// Reads texts beside one another, each as SineDecoder reads it alone.
class TextsDecoder : public SineDecoder {
public:
  bool readsTexts() const override { return true; }
  void resetTexts(int64_t count) override {
    reset();
    texts.assign(size_t(count), SineDecoder());
  }
  Result<Tensor> feedTexts(const TokenIds &tokens) override {
    Tensor all = Tensor::allocate(ElementType::F32, {int64_t(tokens.size()), ids});
    for (size_t i = 0; i < tokens.size(); ++i) {
      auto row = texts[i].feed({tokens[i]});
      if (!row)
        return row;
      std::copy_n(row->as<float>(), ids, all.as<float>() + int64_t(i) * ids);
    }
    return all;
  }

private:
  std::vector<SineDecoder> texts;
};

/// Token i is followed by `next[i]`.
class ChainDecoder : public Decoder {
public:
  explicit ChainDecoder(TokenIds next) : next(std::move(next)) { ids = int64_t(this->next.size()); }
  void reset() override { past = 0; }
  Result<DecoderState> state() const override { return DecoderState(); }
  Status restore(const DecoderState &) override { return Done(); }

protected:
  Result<Tensor> read(const TokenIds &tokens, int64_t) override {
    past += int64_t(tokens.size());
    Tensor logits = Tensor::allocate(ElementType::F32, {1, ids});
    std::fill_n(logits.as<float>(), ids, -1000);
    logits.as<float>()[next[size_t(tokens.back())]] = 0;
    return logits;
  }

private:
  TokenIds next;
};
} // namespace

static Windows generate(Decoder &decoder, const WindowOptions &options) {
  Windows windows;
  auto done = generateWindows(decoder, options, [&](GeneratedWindow window) {
    windows.push_back(std::move(window));
    return Status(Done());
  });
  EXPECT_TRUE(done) << done.error();
  return windows;
}

static std::string problem(const WindowOptions &options) {
  SineDecoder decoder;
  auto done = generateWindows(decoder, options, [](GeneratedWindow) { return Status(Done()); });
  return done ? "none" : done.error();
}

static WindowOptions optionsOf(int64_t count, int64_t length, uint64_t seed = 0) {
  WindowOptions options;
  options.count = count;
  options.length = length;
  options.seed = seed;
  options.bos = {1};
  options.stops = {2, 1};
  return options;
}

static void expectEqual(const Windows &found, const Windows &wanted, size_t count) {
  ASSERT_GE(found.size(), count);
  ASSERT_GE(wanted.size(), count);
  for (size_t i = 0; i < count; ++i) {
    EXPECT_EQ(found[i].ids, wanted[i].ids) << i;
    EXPECT_EQ(found[i].counts, wanted[i].counts) << i;
  }
}

TEST(TextGenerateWindows, AreFunctionsOfSeedAndNumber) {
  SineDecoder alone;
  TextsDecoder together;
  Windows all = generate(alone, optionsOf(40, 16)), other = generate(alone, optionsOf(40, 16, 1));
  ASSERT_EQ(all.size(), 40u);
  expectEqual(generate(alone, optionsOf(40, 16)), all, 40);
  expectEqual(generate(alone, optionsOf(3, 16)), all, 3);
  for (int64_t count : {1, 15, 16, 17, 40})
    expectEqual(generate(together, optionsOf(count, 16)), all, size_t(count));
  for (size_t i = 0; i < 40; ++i) {
    EXPECT_EQ(all[i].ids.size(), 16u);
    EXPECT_NE(all[i].ids, other[i].ids);
    for (size_t k = 0; k < i; ++k)
      EXPECT_NE(all[i].ids, all[k].ids);
  }
}

TEST(TextGenerateWindows, DrawAsTheModelSays) {
  SineDecoder decoder;
  std::vector<double> counted(8, 0), wanted(8, 0);
  double sum = 0;
  for (int64_t id = 0; id < 8; ++id)
    sum += wanted[size_t(id)] = std::exp(double(decoder.logit(1, 0, id)));
  for (const GeneratedWindow &window : generate(decoder, optionsOf(4000, 2)))
    counted[size_t(window.ids[1])] += 1;
  for (size_t id = 0; id < 8; ++id) // five deviations
    EXPECT_NEAR(counted[id] / 4000, wanted[id] / sum, .04) << id;
}

TEST(TextGenerateWindows, BeginGreedilyOnRequest) {
  SineDecoder decoder;
  WindowOptions options = optionsOf(20, 8);
  options.stops = {};
  options.firstGreedy = 4;
  Windows windows = generate(decoder, options);
  for (const GeneratedWindow &window : windows) {
    decoder.reset();
    for (size_t i = 0; i < 4; ++i) {
      auto logits = decoder.feedForLast({window.ids[i]});
      const float *row = logits->as<float>();
      EXPECT_EQ(window.ids[i + 1], std::max_element(row, row + 8) - row);
    }
  }
  EXPECT_NE(windows[0].ids, windows[1].ids);
}

TEST(TextGenerateWindows, BeginWithIdsInTurnWithoutBos) {
  SineDecoder decoder;
  WindowOptions options = optionsOf(20, 4);
  options.bos = {};
  options.stops = {2};
  options.vocabulary = 7; // of 8 logits
  Windows windows = generate(decoder, options);
  for (size_t i = 0; i < windows.size(); ++i) {
    EXPECT_EQ(windows[i].ids[0], int64_t(i % 7));
    EXPECT_EQ(windows[i].counts, std::vector<bool>(4, true)); // goes on behind an end
    EXPECT_EQ(std::count(windows[i].ids.begin(), windows[i].ids.end(), 7), 0);
  }
}

TEST(TextGenerateWindows, GoOnWithOtherDocuments) {
  // BOS a b EOS: BOS is not what the model said.
  ChainDecoder ending({0, 3, 0, 4, 2});
  Windows windows = generate(ending, optionsOf(1, 10));
  EXPECT_EQ(windows[0].ids, (TokenIds{1, 3, 4, 2, 1, 3, 4, 2, 1, 3}));
  EXPECT_EQ(windows[0].counts, (std::vector<bool>{1, 1, 1, 1, 0, 1, 1, 1, 0, 1}));
  // The window may end between both.
  EXPECT_EQ(generate(ending, optionsOf(1, 4))[0].ids, (TokenIds{1, 3, 4, 2}));
  // BOS a b BOS, as it said.
  ChainDecoder beginning({0, 3, 0, 4, 1});
  windows = generate(beginning, optionsOf(1, 7));
  EXPECT_EQ(windows[0].ids, (TokenIds{1, 3, 4, 1, 3, 4, 1}));
  EXPECT_EQ(windows[0].counts, std::vector<bool>(7, true));
}

TEST(TextGenerateWindows, ContinuePromptsInTurn) {
  ChainDecoder decoder({0, 3, 0, 4, 2});
  WindowOptions options = optionsOf(3, 6);
  options.prompts = {{1, 3, 3}, {1, 0}};
  Windows windows = generate(decoder, options);
  EXPECT_EQ(windows[0].ids, (TokenIds{1, 3, 3, 4, 2, 2})); // filled behind the end
  EXPECT_EQ(windows[0].counts, (std::vector<bool>{0, 0, 0, 1, 1, 0}));
  EXPECT_EQ(windows[1].ids, (TokenIds{1, 0, 0, 0, 0, 0})); // cut
  EXPECT_EQ(windows[1].counts, (std::vector<bool>{0, 0, 1, 1, 1, 1}));
  expectEqual({windows[2]}, {windows[0]}, 1);
}

TEST(TextGenerateWindows, ContinuePromptsBesideOneAnother) {
  SineDecoder alone;
  TextsDecoder together;
  WindowOptions options = optionsOf(21, 12);
  options.prompts = {{1, 3, 3, 5, 6, 7, 3}, {1, 4}, {1, 5, 5}, {1}};
  Windows windows = generate(alone, options);
  expectEqual(generate(together, options), windows, 21);
  EXPECT_NE(windows[0].ids, windows[4].ids); // the same prompt, drawn anew
  EXPECT_TRUE(
      std::equal(windows[0].ids.begin(), windows[0].ids.begin() + 7, windows[4].ids.begin()));
}

TEST(TextGenerateWindows, RefuseWhatLeavesNothingToWrite) {
  EXPECT_EQ(problem(optionsOf(1, 1)), "expects windows of at least 2 tokens, found 1");
  WindowOptions options = optionsOf(1, 3);
  options.bos = {1, 1, 1};
  EXPECT_EQ(problem(options), "a window begins with 3 tokens, expects less than 3");
  options = optionsOf(1, 3);
  options.prompts = {{1}, {}};
  EXPECT_EQ(problem(options), "expects prompts of at least 1 token, found none");
  options = optionsOf(1, 20);
  EXPECT_EQ(problem(options), "too long");
  options = optionsOf(1, 3);
  options.temperature = -1;
  EXPECT_EQ(problem(options), "expects a temperature of at least 0, found -1");
}

TEST(TextGenerateWindows, TakeBosAndEndsOfTheConfiguration) {
  LanguageInfo language;
  language.eos = {2, 7};
  EXPECT_TRUE(windowOptionsOf(language).bos.empty());
  language.bos = 1;
  EXPECT_EQ(windowOptionsOf(language).bos, TokenIds{1});
  EXPECT_EQ(windowOptionsOf(language).stops, (TokenIds{2, 7, 1}));
}

TEST(TextPrompts, AreLinesInTemplates) {
  auto prompts = promptsOf("a b\n\n  c \r\nd");
  ASSERT_TRUE(prompts);
  ASSERT_EQ(prompts->size(), 3u);
  EXPECT_EQ((*prompts)[1].text, "c");
  EXPECT_EQ((*prompts)[1].line, 3);
  EXPECT_EQ((*prompts)[2].text, "d");
  EXPECT_EQ(promptsOf(" \n\n").error(), "expects a prompt in each line, found none");
  EXPECT_EQ(*templateOf("Q: {input}\nA:\n"), "Q: {input}\nA:");
  EXPECT_EQ(templateOf("").error(), "expects '{input}' in a template, found none");
  EXPECT_EQ(fillTemplate("{input}-{input}!", "{input}"), "{input}-{input}!");
  EXPECT_EQ(fillTemplate("a {input}", "b"), "a b");

  LetterTokenizer tokenizer;
  auto plain = tokensOfPrompts(*prompts, {}, tokenizer, 4);
  ASSERT_TRUE(plain) << plain.error();
  EXPECT_EQ(*plain, (std::vector<TokenIds>{{1, 3, 4}, {1, 5}, {1, 6}}));
  auto both = tokensOfPrompts(*prompts, {"e {input}", "{input} f"}, tokenizer, 8);
  ASSERT_TRUE(both) << both.error();
  EXPECT_EQ(*both, (std::vector<TokenIds>{
                       {1, 7, 3, 4}, {1, 3, 4, 8}, {1, 7, 5}, {1, 5, 8}, {1, 7, 6}, {1, 6, 8}}));
  EXPECT_EQ(tokensOfPrompts(*prompts, {"a {input} b"}, tokenizer, 4).error(),
            "expects prompts of 1 to 3 tokens, found one of 5 in line 1");
}
