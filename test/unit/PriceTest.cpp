// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What an error costs, through what was measured.
#include "lib/Compress/Allocate/Price.h"

#include "gtest/gtest.h"

#include <cmath>

using namespace retort;

TEST(Price, GoesThroughBothMeasurements) {
  auto price = Price::through({{3, 2.0, .01}, {2, 8.0, .06}});
  ASSERT_TRUE(price.has_value());
  EXPECT_NEAR(price->of(2), .01, 1e-12);
  EXPECT_NEAR(price->of(8), .06, 1e-12);
}

TEST(Price, IsProportionalBelowAndAPowerBeyond) {
  auto price = Price::through({{3, 2.0, .01}, {2, 8.0, .06}});
  EXPECT_NEAR(price->of(.5), .0025, 1e-12);
  EXPECT_NEAR(price->of(0), 0, 1e-12);
  double factor = std::log(6) / std::log(4);
  EXPECT_NEAR(price->of(32), .01 * std::pow(16, factor), 1e-9);
}

TEST(Price, NoiseDoesNotBendItOutOfReason) {
  auto falling = Price::through({{3, 1.0, .01}, {2, 4.0, .005}});
  EXPECT_NEAR(falling->of(4), .02, 1e-12); // a square root
  auto steep = Price::through({{3, 1.0, .0001}, {2, 4.0, 1.0}});
  EXPECT_NEAR(steep->of(4), .0016, 1e-12); // a square
}

TEST(Price, OnePointIsALine) {
  auto price = Price::through({{3, 2.0, .01}});
  EXPECT_NEAR(price->of(200), 1, 1e-12);
  EXPECT_NEAR(Price::through({{3, 2.0, 0}, {2, 8.0, .06}})->of(8), 0, 1e-12);
}

TEST(Price, NothingFollowsFromNothing) {
  EXPECT_FALSE(Price::through({}).has_value());
  EXPECT_FALSE(Price::through({{3, 0, 0}, {2, 0, 0}}).has_value());
}
