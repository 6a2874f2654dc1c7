// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Records of inputs that are left, and cosines of the residual stream, against plain loops.
#include "lib/Statistics/KeptRecord.h"
#include "lib/Calibrate/Accumulator.h"
#include "lib/Calibrate/StreamObserver.h"
#include "test/unit/RandomNumbers.h"

#include "gtest/gtest.h"

#include <cmath>
#include <random>

using namespace retort;

TEST(KeptRecord, IsThatOfTheInputsThatAreLeft) {
  int64_t inputs = 6, count = 40;
  std::vector<int64_t> kept{0, 2, 3, 5};
  std::vector<float> rows = normals(count * inputs, 1), left;
  for (int64_t i = 0; i < count; ++i)
    for (int64_t place : kept)
      left.push_back(rows[i * inputs + place]);
  Accumulator all(inputs), some(4), none(inputs);
  llvm::cantFail(all.add(rows.data(), count));
  llvm::cantFail(some.add(left.data(), count));
  StatisticsRecord source{{"w"}, inputs, all.moments(), none.moments(), {}};
  KeptRecord record(source, kept);
  Moments expected = some.moments();
  const Moments &found = record.record().fitted;
  EXPECT_EQ(record.record().inputs, 4);
  EXPECT_EQ(found.rows, count);
  EXPECT_TRUE(found.percentiles.empty());
  ASSERT_EQ(found.gram.size(), expected.gram.size());
  for (size_t i = 0; i < found.gram.size(); ++i)
    EXPECT_NEAR(found.gram[i], expected.gram[i], 1e-6 * (1 + std::abs(expected.gram[i])));
  for (int64_t j = 0; j < 4; ++j) {
    EXPECT_EQ(found.sum[j], expected.sum[j]);
    EXPECT_EQ(found.sumOfSquares[j], expected.sumOfSquares[j]);
    EXPECT_EQ(found.sumOfMagnitudes[j], expected.sumOfMagnitudes[j]);
    EXPECT_EQ(found.largest[j], expected.largest[j]);
  }
}

TEST(CosineSum, IsTheMeanOverRowsThatHaveADirection) {
  int64_t width = 7, count = 9;
  std::vector<float> before = normals(count * width, 2), behind = normals(count * width, 3);
  std::fill_n(before.begin() + 2 * width, width, 0.f);
  double expected = 0;
  for (int64_t i = 0; i < count; ++i) {
    double product = 0, a = 0, b = 0;
    for (int64_t k = 0; k < width; ++k) {
      double x = before[i * width + k], y = behind[i * width + k];
      product += x * y, a += x * x, b += y * y;
    }
    if (a > 0)
      expected += product / std::sqrt(a) / std::sqrt(b) / double(count - 1);
  }
  CosineSum sum, rest;
  sum.add(before.data(), behind.data(), 4, width);
  std::string bytes;
  llvm::raw_string_ostream stream(bytes);
  sum.save(stream);
  llvm::StringRef left = bytes;
  ASSERT_TRUE(rest.load(left));
  EXPECT_TRUE(left.empty());
  rest.add(before.data() + 4 * width, behind.data() + 4 * width, count - 4, width);
  EXPECT_EQ(rest.rows(), count - 1);
  EXPECT_NEAR(rest.mean(), expected, 1e-12);
  EXPECT_FALSE(rest.load(left));
}
