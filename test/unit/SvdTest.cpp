// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The singular value decomposition against one-sided Jacobi rotations, and the orderings of
// truncation.
#include "lib/Compress/FactorizeSvd/Svd.h"
#include "test/unit/RandomNumbers.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

using namespace retort;

/// Rotates pairs of columns until all are orthogonal; their lengths are the singular values.
static std::vector<double> byJacobi(const std::vector<float> &matrix, int64_t rows,
                                    int64_t columns) {
  std::vector<double> a(matrix.begin(), matrix.end());
  for (int sweep = 0; sweep < 60; ++sweep)
    for (int64_t p = 0; p < columns; ++p)
      for (int64_t q = p + 1; q < columns; ++q) {
        double pp = 0, qq = 0, pq = 0;
        for (int64_t i = 0; i < rows; ++i) {
          double x = a[i * columns + p], y = a[i * columns + q];
          pp += x * x, qq += y * y, pq += x * y;
        }
        if (std::abs(pq) < 1e-15 * std::sqrt(pp * qq))
          continue;
        double angle = std::atan2(2 * pq, pp - qq) / 2, c = std::cos(angle), s = std::sin(angle);
        for (int64_t i = 0; i < rows; ++i) {
          double x = a[i * columns + p], y = a[i * columns + q];
          a[i * columns + p] = c * x + s * y;
          a[i * columns + q] = c * y - s * x;
        }
      }
  std::vector<double> lengths;
  for (int64_t j = 0; j < columns; ++j) {
    double sum = 0;
    for (int64_t i = 0; i < rows; ++i)
      sum += a[i * columns + j] * a[i * columns + j];
    lengths.push_back(std::sqrt(sum));
  }
  std::sort(lengths.rbegin(), lengths.rend());
  lengths.resize(std::min(rows, columns));
  return lengths;
}

static double squaredError(const std::vector<float> &matrix, const Svd &svd, int64_t rank) {
  std::vector<float> left = svd.left(rank), right = svd.right(rank);
  double sum = 0;
  for (int64_t i = 0; i < svd.rows; ++i)
    for (int64_t j = 0; j < svd.columns; ++j) {
      double value = 0;
      for (int64_t r = 0; r < rank; ++r)
        value += double(left[i * rank + r]) * right[r * svd.columns + j];
      sum += (matrix[i * svd.columns + j] - value) * (matrix[i * svd.columns + j] - value);
    }
  return sum;
}

TEST(Svd, AgreesWithJacobiRotations) {
  for (auto [rows, columns] :
       {std::pair(5, 5), std::pair(12, 7), std::pair(7, 12), std::pair(1, 4), std::pair(4, 1)}) {
    std::vector<float> matrix = normals(rows * columns, unsigned(10 * rows + columns));
    auto svd = computeSvd(matrix, rows, columns);
    ASSERT_TRUE(svd);
    std::vector<double> expected = byJacobi(matrix, rows, columns);
    ASSERT_EQ(svd->s.size(), expected.size());
    for (size_t i = 0; i < expected.size(); ++i)
      EXPECT_NEAR(svd->s[i], expected[i], 1e-9 * expected[0]);
  }
}

TEST(Svd, DoesNotConvergeForNoNumbers) {
  EXPECT_FALSE(computeSvd({1, NAN, 3, 4}, 2, 2));
}

// The error of the best approximation of rank k is what the singular values behind it hold, so it
// falls with the rank.
TEST(Svd, LosesTheSmallestSingularValues) {
  for (auto [rows, columns] : {std::pair(24, 16), std::pair(16, 24)}) {
    std::vector<float> matrix = normals(rows * columns, 3);
    auto svd = computeSvd(matrix, rows, columns);
    double before = HUGE_VAL;
    for (int64_t rank = 1; rank < svd->size(); ++rank) {
      double error = squaredError(matrix, *svd, rank);
      EXPECT_NEAR(error, svd->energyFrom(rank), 1e-6 * svd->energyFrom(0));
      EXPECT_LT(error, before);
      before = error;
    }
    EXPECT_LT(squaredError(matrix, *svd, svd->size()), 1e-10 * svd->energyFrom(0));
  }
}

TEST(Svd, ChoosesTheLeastRankForAnEnergy) {
  std::vector<float> matrix = normals(20 * 12, 5);
  auto svd = computeSvd(matrix, 20, 12);
  for (double energy : {0.1, 0.5, 0.9, 0.99, 1.0}) {
    int64_t rank = svd->rankFor(energy);
    EXPECT_LE(svd->energyFrom(rank), (1 - energy) * svd->energyFrom(0) + 1e-12);
    if (rank > 1)
      EXPECT_GT(svd->energyFrom(rank - 1), (1 - energy) * svd->energyFrom(0));
  }
}

TEST(Svd, ChoosesTheLargestRankForARatio) {
  for (auto [rows, columns] : {std::pair(64, 172), std::pair(64, 64), std::pair(2, 2)})
    for (double ratio : {0.1, 0.5, 0.7}) {
      int64_t rank = rankForRatio(ratio, rows, columns);
      if (rank > 1)
        EXPECT_LE(rank * (rows + columns), ratio * rows * columns);
      EXPECT_GT((rank + 1) * (rows + columns), ratio * rows * columns);
    }
}
