// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Percentiles are those of the numbers, up to the width of a bin; what is saved goes on to the same
// bits.
#include "lib/Calibrate/Accumulator.h"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <random>

using namespace retort;

static std::vector<float> drawRows(int64_t count, int64_t inputs, unsigned seed) {
  std::mt19937 random(seed);
  std::student_t_distribution<float> distribution(4);
  std::vector<float> rows(count * inputs);
  std::generate(rows.begin(), rows.end(), [&] { return distribution(random); });
  return rows;
}

static void add(Accumulator &sums, const std::vector<float> &rows, int64_t inputs) {
  llvm::Error error = sums.add(rows.data(), int64_t(rows.size()) / inputs);
  EXPECT_FALSE(bool(error));
}

TEST(Accumulator, KnowsPercentilesOfAllMagnitudes) {
  std::vector<float> rows = drawRows(20000, 5, 1), sorted = rows;
  for (float &value : sorted)
    value = std::abs(value);
  std::sort(sorted.begin(), sorted.end());
  Accumulator sums(5);
  add(sums, rows, 5);
  Moments moments = sums.moments();
  ASSERT_EQ(moments.percentiles.size(), 3u);
  int i = 0;
  for (double share : {.99, .999, .9999}) {
    double exact = sorted[size_t(share * double(sorted.size())) - 1];
    EXPECT_NEAR(moments.percentiles[i++], exact, 0.02 * exact) << share;
  }
}

TEST(Accumulator, HasNoPercentileBeyondTheLargest) {
  Accumulator sums(2), zeros(2);
  add(sums, {1, -1, 1, 1}, 2);
  add(zeros, {0, 0}, 2);
  EXPECT_EQ(sums.moments().percentiles, std::vector<double>(3, 1));
  EXPECT_EQ(zeros.moments().percentiles, std::vector<double>(3, 0));
  EXPECT_TRUE(Accumulator(2).moments().percentiles.empty());
}

TEST(Accumulator, KnowsTheLeastAndTheLargestWithTheirSigns) {
  Accumulator sums(2);
  add(sums, {1, -1, 3, -4}, 2);
  Moments moments = sums.moments();
  EXPECT_EQ(moments.least, (llvm::ArrayRef<float>{1, -4}));
  EXPECT_EQ(moments.most, (llvm::ArrayRef<float>{3, -1}));
  EXPECT_EQ(moments.largest, (llvm::ArrayRef<float>{3, 4}));
  Accumulator none(1);
  EXPECT_EQ(none.moments().least.front(), 0);
  EXPECT_EQ(none.moments().most.front(), 0);
}

// More inputs than one thread, and than the rows of a Gram that are made at a time.
TEST(Accumulator, SumsManyInputs) {
  int64_t count = 5, inputs = 1100;
  std::vector<float> rows = drawRows(count, inputs, 3);
  Accumulator sums(inputs), alone(inputs, KeptSums::Moments);
  add(sums, rows, inputs);
  add(alone, rows, inputs);
  Moments moments = sums.moments(), few = alone.moments();
  EXPECT_TRUE(few.gram.empty());
  EXPECT_EQ(few.sumOfSquares, moments.sumOfSquares);
  size_t next = 0;
  for (int64_t i = 0; i < inputs; ++i) {
    double sum = 0;
    for (int64_t t = 0; t < count; ++t)
      sum += rows[t * inputs + i];
    ASSERT_NEAR(moments.sum[i], sum, 1e-4) << i;
    for (int64_t j = 0; j <= i; ++j, ++next) {
      double product = 0, size = 0;
      for (int64_t t = 0; t < count; ++t) {
        product += double(rows[t * inputs + i]) * rows[t * inputs + j];
        size += std::abs(double(rows[t * inputs + i]) * rows[t * inputs + j]);
      }
      ASSERT_NEAR(moments.gram[next], product, 1e-6 * size) << i << " " << j;
    }
  }
}

TEST(Accumulator, NumbersWhoseSquaresAreBeyondFloatsAreAnError) {
  float rows[] = {1, 2, 3, 1e30f};
  llvm::Error error = Accumulator(2).add(rows, 2);
  EXPECT_NE(llvm::toString(std::move(error)).find("at row 1, input 1"), std::string::npos);
}

TEST(Accumulator, GoesOnFromWhatWasSaved) {
  std::vector<float> first = drawRows(7, 3, 1), second = drawRows(5, 3, 2);
  Accumulator whole(3), part(3), resumed(3);
  add(whole, first, 3);
  add(part, first, 3);
  std::string bytes;
  llvm::raw_string_ostream stream(bytes);
  part.save(stream);
  llvm::StringRef rest = bytes;
  ASSERT_TRUE(resumed.load(rest));
  EXPECT_TRUE(rest.empty());
  add(whole, second, 3);
  add(resumed, second, 3);
  Moments a = whole.moments(), b = resumed.moments();
  EXPECT_EQ(a.rows, b.rows);
  EXPECT_EQ(a.sum, b.sum);
  EXPECT_EQ(a.largest, b.largest);
  EXPECT_EQ(a.gram, b.gram);
  EXPECT_EQ(a.percentiles, b.percentiles);

  llvm::StringRef cut = llvm::StringRef(bytes).drop_back();
  EXPECT_FALSE(resumed.load(cut));
  llvm::StringRef other = bytes;
  EXPECT_FALSE(Accumulator(4).load(other));
}
