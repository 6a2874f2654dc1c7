// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The innermost loops of rounding against the functions that round one number, in f64.
#include "lib/Rounding/CodeNumbers.h"
#include "test/unit/RandomNumbers.h"

#include <gtest/gtest.h>
#include <random>

using namespace retort;

static FitSums naiveSums(llvm::ArrayRef<float> values, UniformScale scale,
                         const CodeNumbers &numbers) {
  FitSums sums;
  for (float value : values) {
    double number = numbers.numberOf(numbers.nearest(value, scale), scale.zero),
           left = value - number * scale.scale;
    sums.squaresLeft += left * left;
    sums.product += value * number;
    sums.square += number * number;
  }
  return sums;
}

TEST(Loops, SumsAreThoseOfNearestCodes) {
  for (unsigned bits = 2; bits <= 8; ++bits)
    for (const CodeNumbers &numbers :
         {CodeNumbers::integers({bits, true}), CodeNumbers::integers({bits, false}),
          CodeNumbers::levels(bits)})
      for (size_t count : {1u, 8u, 16u, 31u, 32u, 100u})
        for (float size : {.3f, 1.1f, -.7f}) {
          std::vector<float> values = normals(count, bits);
          UniformScale scale = numbers.fit(-2, 2.5, [](float x) { return x; });
          scale.scale *= size;
          FitSums expected = naiveSums(values, scale, numbers), found = numbers.sums(values, scale);
          // A value in the middle of two codes may have either.
          EXPECT_NEAR(found.squaresLeft, expected.squaresLeft, 1e-5 * double(count));
          EXPECT_NEAR(found.product / (std::abs(expected.product) + 1),
                      expected.product / (std::abs(expected.product) + 1), 1e-4);
          EXPECT_NEAR(found.square / (expected.square + 1), expected.square / (expected.square + 1),
                      1e-4);
        }
}

TEST(Loops, AddsAndMultipliesAnyCount) {
  for (size_t count : {0u, 1u, 15u, 16u, 47u, 128u}) {
    std::vector<float> x = normals(count, 1), y = normals(count, 2), sum = y;
    addMultiple(sum.data(), x.data(), -.5f, int64_t(count));
    double product = 0;
    for (size_t i = 0; i < count; ++i) {
      EXPECT_NEAR(sum[i], y[i] - .5 * x[i], 1e-6);
      product += double(x[i]) * y[i];
    }
    EXPECT_NEAR(dotProduct(x.data(), y.data(), int64_t(count)), product, 1e-4);
  }
}
