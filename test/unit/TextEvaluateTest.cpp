// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Windows and scores against naive ones.
#include "TextDecoderFakes.h"
#include "lib/Text/Evaluate.h"
#include "lib/Text/Scores.h"
#include "lib/Text/Windows.h"

#include <gtest/gtest.h>

using namespace retort::text;

TEST(TextWindows, SplitsAndStripsDocuments) {
  EXPECT_EQ(documentsOf("one\n<|endoftext|>\n\ttwo \u3000\n"),
            (std::vector<std::string>{"one", "two"}));
  EXPECT_EQ(documentsOf("a\n<|endoftext|>\n<|endoftext|>\nb\n<|endoftext|>\n"),
            (std::vector<std::string>{"a", "", "b", ""}));
  EXPECT_EQ(documentsOf(""), (std::vector<std::string>{""}));
}

TEST(TextWindows, JoinsDocumentsAndDropsTheRest) {
  LetterTokenizer tokenizer;
  auto windows = windowsOf("a b c\n<|endoftext|>\nd e\n<|endoftext|>\na b", tokenizer, 4);
  ASSERT_TRUE(windows);
  EXPECT_EQ(*windows, (std::vector<TokenIds>{{1, 3, 4, 5}, {1, 6, 7, 1}}));
  EXPECT_EQ(windowsOf("a b c d e a b c", tokenizer, 3, 2)->size(), 2u);
  EXPECT_EQ(windowsOf("a b", tokenizer, 3)->size(), 1u);
}

namespace {
/// Counts what it reads; the last letter of a text is another token.
class CountingTokenizer : public LetterTokenizer {
public:
  mutable size_t bytes = 0;

protected:
  TokenIds encodeText(std::string_view text) const override {
    bytes += text.size();
    TokenIds ids = LetterTokenizer::encodeText(text);
    if (!ids.empty())
      ids.back() = 7;
    return ids;
  }
};
} // namespace

TEST(TextWindows, ReadNoMoreOfADocumentThanTheyTake) {
  std::string text;
  for (int i = 0; i < 200000; ++i)
    text += i % 3 ? "a b " : "c ";
  CountingTokenizer some, all;
  auto few = windowsOf(text, some, 50, 3), whole = windowsOf(text, all, 50);
  ASSERT_TRUE(few && whole);
  whole->resize(3);
  EXPECT_EQ(*few, *whole);
  EXPECT_LT(some.bytes, 20000u);
  EXPECT_GT(all.bytes, 400000u);
  // Nor where white space separates nothing.
  std::string close(100000, 'a');
  auto joined = windowsOf(close, some, 50, 3), expected = windowsOf(close, all, 50);
  ASSERT_TRUE(joined && expected);
  expected->resize(3);
  EXPECT_EQ(*joined, *expected);
}

TEST(TextWindows, RefusesWhatHoldsNone) {
  LetterTokenizer tokenizer;
  EXPECT_EQ(windowsOf("a b", tokenizer, 4).error(), "the text has 3 tokens, a window takes 4");
  EXPECT_EQ(windowsOf("a b", tokenizer, 1).error(),
            "expects windows of at least 2 tokens, found 1");
}

TEST(TextWindows, CountsTheBytesOfTheText) {
  LetterTokenizer tokenizer;
  EXPECT_EQ(scoredBytes({1, 3, 4, 5}, tokenizer), 5);    // "a b c"
  EXPECT_EQ(scoredBytes({4, 5, 1, 3, 4}, tokenizer), 5); // " c", "a b"
}

TEST(TextScores, DoNotOverflow) {
  float large[] = {1000, 1000, -1000};
  EXPECT_NEAR(logSumExp(large, 3), 1000 + std::log(2.0), 1e-9);
  EXPECT_NEAR(negativeLogLikelihood(large, 3, 0), std::log(2.0), 1e-9);
  EXPECT_NEAR(negativeLogLikelihood(large, 3, 2), 2000 + std::log(2.0), 1e-9);
}

TEST(TextScores, MeasureDistance) {
  float p[] = {0, std::log(3.0f)}, q[] = {1, 1}; // 1/4, 3/4 and 1/2, 1/2
  RowDistance d = distance(q, p, 2);
  EXPECT_NEAR(d.kl, 0.25 * std::log(0.5) + 0.75 * std::log(1.5), 1e-7);
  EXPECT_NEAR(d.largestDifference, 1, 1e-7);
  EXPECT_FALSE(d.sameTop);
  RowDistance same = distance(p, p, 2);
  EXPECT_EQ(same.kl, 0);
  EXPECT_TRUE(same.sameTop);
}

namespace {
/// What evaluate should find, written as the definition says.
struct Naive {
  double nll = 0, kl = 0, klMax = 0, largest = 0;
  int tokens = 0, same = 0;

  void add(const SineDecoder &model, const SineDecoder &other, const TokenIds &window) {
    int64_t sum = 0;
    for (size_t t = 0; t + 1 < window.size(); ++t) {
      sum += window[t];
      double z = 0, zOther = 0, rowKl = 0;
      auto a = [&](int64_t v) { return double(model.logit(sum, int64_t(t), v)); };
      auto b = [&](int64_t v) { return double(other.logit(sum, int64_t(t), v)); };
      int64_t top = 0, topOther = 0;
      for (int64_t v = 0; v < 8; ++v) {
        z += std::exp(a(v));
        zOther += std::exp(b(v));
        top = a(v) > a(top) ? v : top;
        topOther = b(v) > b(topOther) ? v : topOther;
        largest = std::max(largest, std::abs(a(v) - b(v)));
      }
      for (int64_t v = 0; v < 8; ++v)
        rowKl += std::exp(b(v)) / zOther * std::log(std::exp(b(v)) / zOther / (std::exp(a(v)) / z));
      nll -= std::log(std::exp(a(window[t + 1])) / z);
      kl += rowKl;
      klMax = std::max(klMax, rowKl);
      same += top == topOther;
      ++tokens;
    }
  }
};
} // namespace

static const std::vector<TokenIds> windows{{1, 3, 4, 5, 6}, {7, 1, 3, 3, 5}, {4, 4, 1, 7, 6}};

TEST(TextEvaluate, ScoresWhatTheDefinitionSays) {
  LetterTokenizer tokenizer;
  SineDecoder model(0), other(0.3);
  Naive naive;
  int64_t bytes = 0;
  for (const TokenIds &window : windows) {
    naive.add(model, other, window);
    bytes += scoredBytes(window, tokenizer);
  }
  auto found = evaluate(model, &other, &tokenizer, windows);
  ASSERT_TRUE(found) << found.error();
  EXPECT_EQ(found->tokens, 12);
  EXPECT_NEAR(found->meanNll, naive.nll / 12, 1e-9);
  EXPECT_NEAR(found->perplexity, std::exp(naive.nll / 12), 1e-8);
  EXPECT_NEAR(found->bitsPerByte, naive.nll / std::log(2.0) / double(bytes), 1e-9);
  ASSERT_TRUE(found->comparison);
  EXPECT_NEAR(found->comparison->klMean, naive.kl / 12, 1e-9);
  EXPECT_NEAR(found->comparison->klMax, naive.klMax, 1e-9);
  EXPECT_NEAR(found->comparison->topAgreement, naive.same / 12.0, 1e-12);
  EXPECT_NEAR(found->comparison->largestDifference, naive.largest, 1e-9);
  SineDecoder alone(0.3);
  auto reference = evaluate(alone, nullptr, nullptr, windows);
  ASSERT_TRUE(reference) << reference.error();
  EXPECT_EQ(found->comparison->perplexity, reference->perplexity);
  EXPECT_EQ(model.calls, 4); // one for each window, one to see how many rows there are
}

namespace {
/// SineDecoder, a token of each text at a time.
class SineTexts : public SineDecoder {
public:
  using SineDecoder::SineDecoder;

  bool readsTexts() const override { return true; }
  void resetTexts(int64_t count) override {
    sums.assign(size_t(count), 0);
    position = 0;
  }
  retort::runtime::Result<retort::runtime::Tensor> feedTexts(const TokenIds &tokens) override {
    auto rows = retort::runtime::Tensor::allocate(retort::runtime::ElementType::F32,
                                                  {int64_t(tokens.size()), 8});
    for (size_t k = 0; k < tokens.size(); ++k) {
      sums[k] += tokens[k];
      for (int64_t v = 0; v < 8; ++v)
        rows.as<float>()[int64_t(k) * 8 + v] = logit(sums[k], position, v);
    }
    ++position;
    return rows;
  }

private:
  TokenIds sums;
  int64_t position = 0;
};
} // namespace

TEST(TextEvaluate, KeepsTokensInTheOrderOfTheText) {
  SineDecoder one(0), otherOne(0.3);
  SineTexts beside(0), otherBeside(0.3);
  auto alone = evaluate(one, &otherOne, nullptr, windows);
  auto mixed = evaluate(beside, &otherBeside, nullptr, windows);
  ASSERT_TRUE(alone && mixed);
  EXPECT_EQ(alone->nll, mixed->nll);
  EXPECT_EQ(alone->kl, mixed->kl);
  ASSERT_EQ(alone->nll.size(), 12u);
  double sum = 0, squares = 0;
  for (double kl : alone->kl) {
    sum += kl;
    squares += kl * kl;
  }
  EXPECT_NEAR(alone->comparison->klError, std::sqrt((squares - sum * sum / 12) / 11 / 12), 1e-12);
}

TEST(TextEvaluate, ReadsTokenByTokenWhereTheGraphGivesTheLastRowAlone) {
  LetterTokenizer tokenizer;
  SineDecoder whole(0), last(0, 8, /*lastRowOnly=*/true);
  auto one = evaluate(whole, nullptr, &tokenizer, windows),
       other = evaluate(last, nullptr, &tokenizer, windows);
  ASSERT_TRUE(one && other);
  EXPECT_EQ(one->meanNll, other->meanNll);
  EXPECT_FALSE(one->comparison);
}

TEST(TextEvaluate, RefusesModelsOfOtherVocabularies) {
  LetterTokenizer tokenizer;
  SineDecoder model(0), other(0, 9);
  EXPECT_EQ(evaluate(model, &other, &tokenizer, windows).error(), "the models have 8 and 9 logits");
}

TEST(TextEvaluate, PassesTheModelsErrorsOn) {
  LetterTokenizer tokenizer;
  SineDecoder model(0), broken(std::nan(""));
  EXPECT_EQ(evaluate(model, nullptr, &tokenizer, {TokenIds(17, 1)}).error(), "too long");
  EXPECT_EQ(evaluate(broken, nullptr, &tokenizer, windows).error(),
            "the model's logits are not finite");
}
