// Magnitude pruning against a naive reference: sort, then zero.
#include "lib/Compress/PruneMagnitude/PruneMagnitude.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

using namespace retort;

static std::vector<float> bySorting(std::vector<float> values, size_t count) {
  std::vector<size_t> order(values.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return std::pair(std::abs(values[a]), a) < std::pair(std::abs(values[b]), b);
  });
  for (size_t i = 0; i < count; ++i)
    values[order[i]] = 0;
  return values;
}

TEST(PruneMagnitude, AgreesWithSorting) {
  std::mt19937 random(1);
  std::normal_distribution<float> normal;
  for (size_t size : {1, 2, 7, 100, 1001}) {
    std::vector<float> values(size);
    for (float &value : values)
      value = std::round(normal(random) * 8) / 8; // many of equal magnitude
    for (size_t count : {size_t(0), size / 3, size / 2, size}) {
      std::vector<float> pruned = values;
      zeroSmallest(pruned, count);
      EXPECT_EQ(pruned, bySorting(values, count)) << size << " values, " << count << " to zero";
    }
  }
}

TEST(PruneMagnitude, TakesTheFirstOfEqualOnes) {
  std::vector<float> values{1, -1, 1, -1};
  zeroSmallest(values, 3);
  EXPECT_EQ(values, (std::vector<float>{0, 0, 0, -1}));
}

TEST(PruneMagnitude, KeepsWhatIsNotANumber) {
  std::vector<float> values{NAN, 2, 1, INFINITY};
  zeroSmallest(values, 2);
  EXPECT_TRUE(std::isnan(values[0]));
  EXPECT_EQ(values[1], 0);
  EXPECT_EQ(values[2], 0);
  EXPECT_TRUE(std::isinf(values[3]));
}
