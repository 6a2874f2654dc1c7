// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The tables of compress.decode_levels, and what is nearest in them.
#include "dialects/Compress/Levels.h"
#include "lib/Rounding/CodeNumbers.h"
#include "lib/Rounding/FitLadder.h"

#include "gtest/gtest.h"

#include <cmath>
#include <random>

using namespace retort;
using compress::ScaleLadder;

namespace {
class Levels : public testing::TestWithParam<unsigned> {};
INSTANTIATE_TEST_SUITE_P(Bits, Levels, testing::Range(2u, 9u));

double density(double x) { return std::exp(-x * x / 2) / std::sqrt(2 * M_PI); }
double below(double x) { return std::erfc(-x / std::sqrt(2)) / 2; }
} // namespace

TEST_P(Levels, RiseSymmetricallyFromMinusOneToOne) {
  std::vector<float> levels = compress::levelsOf(GetParam());
  ASSERT_EQ(levels.size(), size_t(1) << GetParam());
  EXPECT_EQ(levels.front(), -1);
  for (size_t i = 0; i < levels.size(); ++i) {
    EXPECT_EQ(levels[i], -levels[levels.size() - 1 - i]);
    if (i > 0)
      EXPECT_GT(levels[i], levels[i - 1]);
  }
}

/// Each level is the mean of the normal numbers that are nearest to it; the scale of the table is
/// that of its outermost level, which follows from the same condition.
TEST(Levels, OfFewBitsAreMeansOfNormalNumbers) {
  const double outermost[] = {1.5104176, 2.1519457, 2.7325896, 3.2607325};
  for (unsigned bits = 2; bits <= 5; ++bits) {
    std::vector<float> levels = compress::levelsOf(bits);
    double scale = outermost[bits - 2];
    for (size_t i = 0; i < levels.size(); ++i) {
      double low = i == 0 ? -40 : (levels[i - 1] + levels[i]) / 2 * scale,
             high = i + 1 == levels.size() ? 40 : (levels[i] + levels[i + 1]) / 2 * scale;
      EXPECT_NEAR((density(low) - density(high)) / (below(high) - below(low)) / scale, levels[i],
                  1e-6)
          << bits << " " << i;
    }
  }
}

TEST_P(Levels, NearestIsNearest) {
  CodeNumbers numbers = CodeNumbers::levels(GetParam());
  std::vector<float> levels = compress::levelsOf(GetParam());
  std::mt19937 engine(GetParam());
  std::uniform_real_distribution<float> uniform(-4, 4);
  for (int i = 0; i < 2000; ++i) {
    float value = uniform(engine), scale = 2.5f, least = INFINITY;
    for (float level : levels)
      least = std::min(least, std::abs(value - level * scale));
    EXPECT_FLOAT_EQ(
        std::abs(value - numbers.decoded(numbers.nearest(value, {scale, 0}), {scale, 0})), least)
        << value;
  }
}

TEST(ScaleLadder, ReachesFromLowToHighInEqualStepsOfBits) {
  ScaleLadder ladder = ScaleLadder::between(.003f, .8f);
  EXPECT_TRUE(ladder.isValid());
  EXPECT_EQ(ladder.at(0), .003f);
  EXPECT_GE(ladder.at(63), .8f);
  for (int i = 1; i < 64; ++i)
    EXPECT_LT(ladder.at(i) / ladder.at(i - 1), 1 + 2 * std::log(.8 / .003) / 63) << i;
}

TEST(ScaleLadder, NearestIsNearest) {
  ScaleLadder ladder = ScaleLadder::between(.003f, .8f);
  std::mt19937 engine(1);
  std::uniform_real_distribution<float> uniform(-.1f, 1);
  for (int i = 0; i < 2000; ++i) {
    float scale = uniform(engine), least = INFINITY;
    for (int j = 0; j < 64; ++j)
      least = std::min(least, std::abs(scale - ladder.at(j)));
    EXPECT_FLOAT_EQ(std::abs(scale - ladder.at(ladder.nearest(scale))), least) << scale;
  }
}

TEST(ScaleLadder, OfEqualScalesHasThem) {
  ScaleLadder ladder = fitLadder(std::vector<UniformScale>(5, {.37f, 0}));
  EXPECT_EQ(ladder.at(ladder.nearest(.37f)), .37f);
  EXPECT_TRUE(fitLadder({{0, 0}, {0, 0}}).isValid());
}

/// One group of tiny numbers does not cost all others their accuracy.
TEST(ScaleLadder, IsFittedToMostScales) {
  std::mt19937 engine(2);
  std::uniform_real_distribution<float> uniform(.1f, .3f);
  std::vector<UniformScale> scales(2000);
  for (UniformScale &scale : scales)
    scale.scale = uniform(engine);
  scales[7].scale = 1e-9f;
  ScaleLadder ladder = fitLadder(scales);
  for (const UniformScale &scale : scales)
    EXPECT_NEAR(ladder.at(ladder.nearest(scale.scale)), scale.scale,
                scale.scale > .1f ? .02 * scale.scale : .11f);
}
