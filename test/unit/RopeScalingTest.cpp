// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Extended rotary embeddings against the formulas of their papers, and vectors of released code.
#include "lib/Compress/ExtendRope/RopeScaling.h"

#include <gtest/gtest.h>

#include <cmath>

using namespace retort;

static std::vector<double> frequenciesOf(double base, int64_t width) {
  std::vector<double> result;
  for (int64_t k = 0; k < width / 2; ++k)
    result.push_back(std::pow(base, -2.0 * double(k) / double(width)));
  return result;
}

TEST(RopeScaling, InterpolatesPositions) {
  std::vector<double> scaled =
      scaleFrequencies(frequenciesOf(10000, 16), 10000, {RopeMethod::Pi, 4, 256});
  for (size_t k = 0; k < 8; ++k)
    EXPECT_DOUBLE_EQ(scaled[k], frequenciesOf(10000, 16)[k] / 4);
}

// The base becomes b s^(D/(D-2)): the fastest pair stays, the slowest is interpolated.
TEST(RopeScaling, ChangesTheBase) {
  constexpr int64_t width = 16;
  std::vector<double> plain = frequenciesOf(10000, width),
                      scaled = scaleFrequencies(plain, 10000, {RopeMethod::Ntk, 4, 256});
  std::vector<double> expected =
      frequenciesOf(10000 * std::pow(4, double(width) / (width - 2)), width);
  for (size_t k = 0; k < scaled.size(); ++k)
    EXPECT_NEAR(scaled[k] / expected[k], 1, 1e-12);
  EXPECT_DOUBLE_EQ(scaled.front(), plain.front());
  EXPECT_NEAR(scaled.back(), plain.back() / 4, 1e-15);
}

// Head size 128, base 10000, length 2048, factor 10: the bounds are pairs 16 and 41.
TEST(RopeScaling, BlendsBetweenWholePairs) {
  std::vector<double> plain = frequenciesOf(10000, 128),
                      scaled = scaleFrequencies(plain, 10000, {RopeMethod::Yarn, 10, 2048});
  for (int64_t k = 0; k < 64; ++k) {
    double keep = 1 - std::clamp((k - 16) / 25.0, 0.0, 1.0);
    EXPECT_NEAR(scaled[k], plain[k] * (keep + (1 - keep) / 10), 1e-12) << "pair " << k;
  }
  EXPECT_NEAR(scaled[17], 0.08659 * 0.964, 1e-4);
  EXPECT_NEAR(scaled[63], 1.1548e-5, 1e-9);
}

TEST(RopeScaling, BlendsOverTurns) {
  RopeScaling scaling{RopeMethod::NtkByParts, 8, 256};
  scaling.overIndex = false;
  std::vector<double> plain = frequenciesOf(10000, 32),
                      scaled = scaleFrequencies(plain, 10000, scaling);
  for (size_t k = 0; k < plain.size(); ++k) {
    double turns = 256 * plain[k] / (2 * M_PI), keep = turns < 1    ? 0
                                                       : turns > 32 ? 1
                                                                    : (turns - 1) / 31;
    EXPECT_NEAR(scaled[k], (1 - keep) * plain[k] / 8 + keep * plain[k], 1e-15);
  }
}

TEST(RopeScaling, YarnLiesBetweenNoneAndInterpolation) {
  for (double factor : {1.5, 2.0, 4.0, 16.0})
    for (bool overIndex : {true, false})
      for (bool truncate : {true, false}) {
        std::vector<double> plain = frequenciesOf(500000, 64);
        std::vector<double> scaled = scaleFrequencies(
            plain, 500000, {RopeMethod::Yarn, factor, 4096, 32, 1, overIndex, truncate});
        for (size_t k = 0; k < plain.size(); ++k) {
          EXPECT_LE(scaled[k], plain[k]);
          EXPECT_GE(scaled[k], plain[k] / factor * (1 - 1e-12));
        }
        EXPECT_DOUBLE_EQ(scaled.front(), plain.front());
      }
}

// With bounds that no pair passes, all are interpolated, or none.
TEST(RopeScaling, ExtremeBoundsAreInterpolationOrNone) {
  std::vector<double> plain = frequenciesOf(10000, 32);
  RopeScaling all{RopeMethod::NtkByParts, 4, 256, 1e9, 1e8, false},
      none{RopeMethod::NtkByParts, 4, 256, 1e-8, 1e-9, false};
  for (size_t k = 0; k < plain.size(); ++k) {
    EXPECT_DOUBLE_EQ(scaleFrequencies(plain, 10000, all)[k], plain[k] / 4);
    EXPECT_DOUBLE_EQ(scaleFrequencies(plain, 10000, none)[k], plain[k]);
  }
}

TEST(RopeScaling, SharpensAttention) {
  EXPECT_NEAR(yarnAttentionFactor(2), 1.0693, 1e-4);
  EXPECT_NEAR(yarnAttentionFactor(4), 1.1386, 1e-4);
  EXPECT_NEAR(yarnAttentionFactor(16), 1.2773, 1e-4);
}
