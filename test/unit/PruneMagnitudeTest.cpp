// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
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

TEST(PruneMagnitude, CountsAsItSorts) {
  std::mt19937 random(2);
  std::normal_distribution<float> normal;
  for (size_t size : {1, 7, 100, 1001}) {
    std::vector<float> values(size);
    for (float &value : values)
      value = std::round(normal(random) * 8) / 8 * (random() % 3 ? 1 : 1e-30f);
    for (size_t count : {size_t(0), size_t(1), size / 3, size / 2, size}) {
      SmallestMagnitudes smallest;
      llvm::ArrayRef<float> all(values), first = all.take_front(size / 2),
                                         second = all.drop_front(size / 2);
      smallest.countHigh(first);
      smallest.countHigh(second);
      smallest.choose(count);
      smallest.countLow(first);
      smallest.countLow(second);
      smallest.finish();
      std::vector<float> pruned = values;
      size_t zeroed = 0;
      for (float &value : pruned)
        if (smallest.goes(value))
          value = 0, ++zeroed;
      EXPECT_EQ(zeroed, count);
      EXPECT_EQ(pruned, bySorting(values, count)) << size << " values, " << count << " to zero";
    }
  }
}

TEST(PruneMagnitude, KeepsExactlyTwoOfEachFour) {
  std::mt19937 random(3);
  std::normal_distribution<float> normal;
  constexpr int64_t columns = 5;
  for (int64_t rows : {4, 3, 2, 1}) {
    std::vector<float> values(rows * columns);
    for (float &value : values)
      value = std::round(normal(random) * 2) / 2; // many of equal magnitude, and zeros
    std::vector<float> pruned = values;
    std::vector<int64_t> kept(columns);
    zeroAllBut(pruned, columns, 2, [&](int64_t row, int64_t column) {
      ++kept[column];
      EXPECT_EQ(pruned[row * columns + column], values[row * columns + column]);
    });
    for (int64_t column = 0; column < columns; ++column) {
      EXPECT_EQ(kept[column], std::min<int64_t>(rows, 2));
      std::vector<float> group(rows);
      for (int64_t row = 0; row < rows; ++row)
        group[row] = values[row * columns + column];
      group = bySorting(group, std::max<int64_t>(0, rows - 2));
      for (int64_t row = 0; row < rows; ++row)
        EXPECT_EQ(pruned[row * columns + column], group[row]);
    }
  }
}
