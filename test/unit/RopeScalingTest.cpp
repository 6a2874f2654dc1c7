// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Extended rotary embeddings against the formulas of their papers, and vectors of released code.
#include "lib/Compress/ExtendRope/RopeScaling.h"

#include <gtest/gtest.h>

#include <cmath>

using namespace retort;
using llvm::StringRef;

static std::vector<double> frequenciesOf(double base, int64_t width) {
  std::vector<double> result;
  for (int64_t k = 0; k < width / 2; ++k)
    result.push_back(std::pow(base, -2.0 * double(k) / double(width)));
  return result;
}

static ScaledRope scaled(StringRef method, const std::vector<double> &frequencies,
                         const RopeScaling &scaling, double tokens = 0) {
  return RopeMethod::named(method)->scale(frequencies, scaling, tokens);
}

static RopeScaling by(double factor, int64_t length, double base = 10000) {
  RopeScaling scaling;
  scaling.factor = factor;
  scaling.length = length;
  scaling.base = base;
  return scaling;
}

/// Methods that blend or divide round to f32, as released code does.
static void expectRounded(double found, double expected) { EXPECT_NEAR(found / expected, 1, 3e-7); }

TEST(RopeScaling, InterpolatesPositions) {
  std::vector<double> found = scaled("pi", frequenciesOf(10000, 16), by(4, 256)).frequencies;
  for (size_t k = 0; k < 8; ++k)
    EXPECT_DOUBLE_EQ(found[k], frequenciesOf(10000, 16)[k] / 4);
}

// The base becomes b s^(D/(D-2)): the fastest pair stays, the slowest is interpolated.
TEST(RopeScaling, ChangesTheBase) {
  constexpr int64_t width = 16;
  std::vector<double> plain = frequenciesOf(10000, width),
                      found = scaled("ntk", plain, by(4, 256)).frequencies;
  std::vector<double> expected =
      frequenciesOf(10000 * std::pow(4, double(width) / (width - 2)), width);
  for (size_t k = 0; k < found.size(); ++k)
    EXPECT_NEAR(found[k] / expected[k], 1, 1e-12);
  EXPECT_DOUBLE_EQ(found.front(), plain.front());
  EXPECT_NEAR(found.back(), plain.back() / 4, 1e-15);
}

// Head size 128, base 10000, length 2048, factor 10: the bounds are pairs 16 and 41.
TEST(RopeScaling, BlendsBetweenWholePairs) {
  std::vector<double> plain = frequenciesOf(10000, 128),
                      found = scaled("yarn", plain, by(10, 2048)).frequencies;
  for (int64_t k = 0; k < 64; ++k) {
    double keep = 1 - std::clamp((double(k) - 16) / 25.0, 0.0, 1.0);
    expectRounded(found[k], plain[k] * (keep + (1 - keep) / 10));
  }
  EXPECT_NEAR(found[17], 0.08659 * 0.964, 1e-4);
  EXPECT_NEAR(found[63], 1.1548e-5, 1e-9);
}

TEST(RopeScaling, BlendsOverTurns) {
  RopeScaling scaling = by(8, 256);
  scaling.overIndex = false;
  std::vector<double> plain = frequenciesOf(10000, 32),
                      found = scaled("ntk-by-parts", plain, scaling).frequencies;
  for (size_t k = 0; k < plain.size(); ++k) {
    double turns = 256 * plain[k] / (2 * M_PI), keep = turns < 1    ? 0
                                                       : turns > 32 ? 1
                                                                    : (turns - 1) / 31;
    expectRounded(found[k], (1 - keep) * plain[k] / 8 + keep * plain[k]);
  }
}

TEST(RopeScaling, YarnLiesBetweenNoneAndInterpolation) {
  for (double factor : {1.5, 2.0, 4.0, 16.0})
    for (bool overIndex : {true, false})
      for (bool truncate : {true, false}) {
        std::vector<double> plain = frequenciesOf(500000, 64);
        RopeScaling scaling = by(factor, 4096, 500000);
        scaling.overIndex = overIndex;
        scaling.truncate = truncate;
        std::vector<double> found = scaled("yarn", plain, scaling).frequencies;
        for (size_t k = 0; k < plain.size(); ++k) {
          EXPECT_LE(found[k], plain[k] * (1 + 3e-7));
          EXPECT_GE(found[k], plain[k] / factor * (1 - 3e-7));
        }
        expectRounded(found.front(), plain.front());
      }
}

// With bounds that no pair passes, all are interpolated, or none.
TEST(RopeScaling, ExtremeBoundsAreInterpolationOrNone) {
  std::vector<double> plain = frequenciesOf(10000, 32);
  RopeScaling all = by(4, 256), none = all;
  all.overIndex = none.overIndex = false;
  all.betaFast = 1e9, all.betaSlow = 1e8;
  none.betaFast = 1e-8, none.betaSlow = 1e-9;
  for (size_t k = 0; k < plain.size(); ++k) {
    expectRounded(scaled("ntk-by-parts", plain, all).frequencies[k], plain[k] / 4);
    expectRounded(scaled("ntk-by-parts", plain, none).frequencies[k], plain[k]);
  }
}

// Llama 3.1: factor 8, 8192 tokens, base 500000: wavelengths above 8192 are divided, those below
// 2048 stay, and one of 4096 turns twice: a third of the way.
TEST(RopeScaling, Llama3BlendsByTurns) {
  std::vector<double> plain{2 * M_PI / 16384, 2 * M_PI / 1024, 2 * M_PI / 4096};
  std::vector<double> found = scaled("llama3", plain, by(8, 8192)).frequencies;
  expectRounded(found[0], plain[0] / 8);
  expectRounded(found[1], plain[1]);
  expectRounded(found[2], plain[2] * (1.0 / 3 + 2.0 / 3 / 8));
}

TEST(RopeScaling, LongRopeSwitchesAtTheTrainedLength) {
  RopeScaling scaling = by(32, 4096);
  scaling.shortFactors = {1, 1.5};
  scaling.longFactors = {2, 8};
  ScaledRope inside = scaled("longrope", {1, 0.5}, scaling, 4096),
             beyond = scaled("longrope", {1, 0.5}, scaling, 4097);
  expectRounded(inside.frequencies[1], 0.5 / 1.5);
  expectRounded(beyond.frequencies[1], 0.5 / 8);
  EXPECT_NEAR(inside.amplitude, 1.1902, 1e-4);
  EXPECT_NE(RopeMethod::named("longrope")->problem(by(2, 64), 2), "");
}

// Factor 10, 16384 tokens, 2048 trained: base 759702.
TEST(RopeScaling, DynamicMethodsFollowTheLength) {
  std::vector<double> plain = frequenciesOf(10000, 128);
  EXPECT_EQ(scaled("dynamic-ntk", plain, by(10, 2048), 2048).frequencies, plain);
  std::vector<double> longer = scaled("dynamic-ntk", plain, by(10, 2048), 16384).frequencies;
  EXPECT_NEAR(std::pow(longer[1], -64.0), 759702, 1);
  std::vector<double> shorter = scaled("dynamic-yarn", plain, by(2, 2048), 100).frequencies;
  for (size_t k = 0; k < plain.size(); ++k)
    expectRounded(shorter[k], plain[k]);
  ScaledRope four = scaled("dynamic-yarn", plain, by(2, 2048), 8192),
             fixed = scaled("yarn", plain, by(4, 2048));
  EXPECT_EQ(four.frequencies, fixed.frequencies);
  EXPECT_DOUBLE_EQ(four.amplitude, fixed.amplitude);
}

// Every method leaves a text alone that is as long as those of training, and never turns faster.
TEST(RopeScaling, NothingIsExtendedByTheFactorOne) {
  std::vector<double> plain = frequenciesOf(10000, 64);
  for (StringRef name : RopeMethod::names()) {
    RopeScaling scaling = by(1, 256);
    scaling.shortFactors = scaling.longFactors = std::vector<double>(32, 1.0);
    ScaledRope found = scaled(name, plain, scaling, 256);
    EXPECT_DOUBLE_EQ(found.amplitude, 1) << name.str();
    for (size_t k = 0; k < plain.size(); ++k)
      expectRounded(found.frequencies[k], plain[k]);
  }
}

TEST(RopeScaling, SharpensAttention) {
  EXPECT_NEAR(yarnAttentionFactor(2), 1.0693, 1e-4);
  EXPECT_NEAR(yarnAttentionFactor(4), 1.1386, 1e-4);
  EXPECT_NEAR(yarnAttentionFactor(16), 1.2773, 1e-4);
}
