// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Decays read off the numbers that scores are multiplied with.
#include "lib/Recognize/WrittenRetention.h"

#include <gtest/gtest.h>

#include <cmath>

using namespace retort;

static constexpr int64_t heads = 2, rows = 40;

/// As a model computes them, in f32.
static std::vector<double>
weights(int64_t channels, llvm::function_ref<double(int64_t, int64_t, int64_t, int64_t)> of) {
  std::vector<double> all;
  for (int64_t h = 0; h < heads; ++h)
    for (int64_t i = 0; i < rows; ++i)
      for (int64_t j = 0; j < rows; ++j)
        for (int64_t c = 0; c < channels; ++c)
          all.push_back(j > i ? 0 : double(float(of(h, i, j, c))));
  return all;
}

static double decayOf(int64_t head) { return 1 - std::pow(2.0, double(-5 - head)); }

static double sumTo(double decay, int64_t i) {
  double sum = 0;
  for (int64_t k = 0; k <= i; ++k)
    sum += std::pow(decay, double(k));
  return sum;
}

static DecayPowers read(const std::vector<double> &numbers, int64_t channels) {
  std::string reason;
  auto powers = DecayPowers::of(numbers, heads, rows, channels, reason);
  EXPECT_TRUE(powers.has_value()) << reason;
  return powers.value_or(DecayPowers());
}

TEST(DecayPowers, ReadsRetNet) {
  DecayPowers powers = read(weights(1, [](int64_t h, int64_t i, int64_t j,
                                          int64_t) { return std::pow(decayOf(h), double(i - j)); }),
                            1);
  ASSERT_EQ(powers.logDecay.size(), 2u);
  for (int64_t h = 0; h < heads; ++h)
    EXPECT_NEAR(powers.logDecay[size_t(h)], std::log(decayOf(h)), 1e-8);
  EXPECT_EQ(powers.rows, DecayPowers::Plain);
  EXPECT_TRUE(powers.bonus.empty());
}

// Released code divides rows by the root of their sum.
TEST(DecayPowers, ReadsScaledRows) {
  for (auto [kind, exponent] :
       {std::pair(DecayPowers::RootOfSum, -0.5), std::pair(DecayPowers::Sum, -1.0)}) {
    double power = exponent;
    DecayPowers powers = read(weights(1,
                                      [&](int64_t h, int64_t i, int64_t j, int64_t) {
                                        return std::pow(decayOf(h), double(i - j)) *
                                               std::pow(sumTo(decayOf(h), i), power);
                                      }),
                              1);
    EXPECT_EQ(powers.rows, kind);
    ASSERT_EQ(powers.logDecay.size(), 2u);
    EXPECT_NEAR(powers.logDecay[1], std::log(decayOf(1)), 1e-7);
  }
}

// RWKV: a decay for each coordinate, from the row behind on, and a bonus for the row itself.
TEST(DecayPowers, ReadsBonus) {
  const double decays[] = {0.99, 0.5, 1e-3}, bonus[] = {1.4, 0.0, -0.3};
  DecayPowers powers =
      read(weights(3,
                   [&](int64_t, int64_t i, int64_t j, int64_t c) {
                     return i == j ? bonus[c] : std::pow(decays[c], double(i - j - 1));
                   }),
           3);
  ASSERT_EQ(powers.bonus.size(), 6u);
  for (size_t c = 0; c < 3; ++c) {
    EXPECT_NEAR(powers.logDecay[c], std::log(decays[c]), 1e-6);
    EXPECT_NEAR(powers.bonus[c], bonus[c], 1e-6);
  }
}

TEST(DecayPowers, RefusesOtherMasks) {
  std::string reason;
  auto ones =
      weights(1, [](int64_t, int64_t i, int64_t j, int64_t) { return 1.0 / double(1 + i - j); });
  EXPECT_FALSE(DecayPowers::of(ones, heads, rows, 1, reason));
  EXPECT_NE(reason, "");
  std::vector<double> both(heads * rows * rows, 1); // sees what follows
  EXPECT_FALSE(DecayPowers::of(both, heads, rows, 1, reason));
}
