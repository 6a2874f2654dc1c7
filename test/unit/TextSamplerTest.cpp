// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Sampling against the distributions that its options describe.
#include "lib/Text/Sampler.h"

#include <cmath>
#include <gtest/gtest.h>
#include <limits>
#include <map>

using namespace retort::text;

static const std::vector<float> logits{0.5f, 2, -1, 1, 2}; // most probable: 1 and 4

static std::map<int64_t, int> drawMany(const SamplerOptions &options, int count) {
  auto sampler = Sampler::create(options);
  EXPECT_TRUE(sampler);
  std::map<int64_t, int> seen;
  for (int i = 0; i < count; ++i)
    ++seen[*sampler->choose(logits.data(), int64_t(logits.size()))];
  return seen;
}

TEST(TextSampler, TakesTheFirstOfTheMostProbable) {
  EXPECT_EQ(drawMany({}, 3), (std::map<int64_t, int>{{1, 3}}));
}

TEST(TextSampler, FollowsTheProbabilities) {
  const int count = 40000;
  for (double temperature : {0.7, 1.0, 2.0}) {
    double sum = 0;
    for (float logit : logits)
      sum += std::exp(logit / temperature);
    auto seen = drawMany({temperature, 0, 1, 5}, count);
    for (size_t i = 0; i < logits.size(); ++i) {
      double p = std::exp(logits[i] / temperature) / sum;
      EXPECT_NEAR(seen[int64_t(i)] / double(count), p, 5 * std::sqrt(p * (1 - p) / count)) << i;
    }
  }
}

TEST(TextSampler, KeepsTheTopK) {
  auto seen = drawMany({1, 3, 1, 1}, 2000);
  EXPECT_EQ(seen.size(), 3u);
  EXPECT_TRUE(seen.count(1) && seen.count(4) && seen.count(3));
  EXPECT_EQ(drawMany({1, 1, 1, 1}, 50), (std::map<int64_t, int>{{1, 50}}));
}

TEST(TextSampler, KeepsTheFewestTokensOfTopP) {
  // Probabilities of 1 and 4: 0.37 each; of 3: 0.14; of 0: 0.08; of 2: 0.02.
  EXPECT_EQ(drawMany({1, 0, 0.3, 1}, 50), (std::map<int64_t, int>{{1, 50}}));
  EXPECT_EQ(drawMany({1, 0, 0.6, 1}, 2000).size(), 2u);
  EXPECT_EQ(drawMany({1, 0, 0.8, 1}, 2000).size(), 3u);
  EXPECT_EQ(drawMany({1, 2, 0.45, 1}, 50).size(), 1u); // half of the two that top-k leaves
}

TEST(TextSampler, ASeedRepeatsItself) {
  auto draw = [](uint64_t seed) {
    auto sampler = Sampler::create({1, 0, 1, seed});
    std::vector<int64_t> tokens;
    for (int i = 0; i < 12; ++i)
      tokens.push_back(*sampler->choose(logits.data(), 5));
    return tokens;
  };
  EXPECT_EQ(draw(7), draw(7));
  EXPECT_NE(draw(7), draw(8));
}

TEST(TextSampler, RefusesOptionsOutOfRange) {
  auto problem = [](SamplerOptions options) { return Sampler::create(options).error(); };
  EXPECT_EQ(problem({-1, 0, 1, 0}), "expects a temperature of at least 0, found -1");
  EXPECT_EQ(problem({std::nan(""), 0, 1, 0}), "expects a temperature of at least 0, found nan");
  EXPECT_EQ(problem({1, -2, 1, 0}), "expects a top-k of at least 0, found -2");
  EXPECT_EQ(problem({1, 0, 0, 0}), "expects a top-p above 0 and up to 1, found 0");
  EXPECT_EQ(problem({1, 0, 1.5, 0}), "expects a top-p above 0 and up to 1, found 1.5");
}

TEST(TextSampler, RefusesLogitsThatAreNotNumbers) {
  auto sampler = Sampler::create({1, 0, 1, 0});
  float infinite = std::numeric_limits<float>::infinity(),
        rows[3][2] = {{0, std::nanf("")}, {infinite, 0}, {-infinite, -infinite}};
  for (const auto &row : rows)
    EXPECT_FALSE(sampler->choose(row, 2));
  float masked[2] = {-infinite, 0};
  EXPECT_EQ(*sampler->choose(masked, 2), 1);
}
