// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The corrected target is the solution of least squares: of all weights, its products with the
// inputs as they are now are nearest to those of the weight with the inputs as they were.
#include "lib/Replay/TargetCorrection.h"
#include "lib/Replay/ReplayedSums.h"
#include "test/unit/RandomNumbers.h"

#include <cmath>
#include <gtest/gtest.h>
#include <random>

using namespace retort;

namespace {
constexpr int64_t inputs = 7, outputs = 3, rows = 50;

/// Solves A x = b by elimination with pivots, all in f64.
std::vector<double> solve(std::vector<double> a, std::vector<double> b, int64_t n) {
  for (int64_t i = 0; i < n; ++i) {
    int64_t pivot = i;
    for (int64_t r = i + 1; r < n; ++r)
      if (std::abs(a[r * n + i]) > std::abs(a[pivot * n + i]))
        pivot = r;
    for (int64_t k = 0; k < n; ++k)
      std::swap(a[i * n + k], a[pivot * n + k]);
    std::swap(b[i], b[pivot]);
    for (int64_t r = 0; r < n; ++r) {
      if (r == i)
        continue;
      double factor = a[r * n + i] / a[i * n + i];
      for (int64_t k = 0; k < n; ++k)
        a[r * n + k] -= factor * a[i * n + k];
      b[r] -= factor * b[i];
    }
  }
  for (int64_t i = 0; i < n; ++i)
    b[i] /= a[i * n + i];
  return b;
}

struct Sample {
  std::vector<float> original = normals(rows * inputs, 1), noise = normals(rows * inputs, 2),
                     changed;
  std::vector<float> weights = normals(outputs * inputs, 3);
  Sample() {
    for (size_t i = 0; i < original.size(); ++i)
      changed.push_back(original[i] + .3f * noise[i]);
  }
  /// min over w of sum_t (w x_t - w0 x0_t)^2 + damping * |w - w0|^2, row by row.
  std::vector<double> leastSquares(double damping) const {
    std::vector<double> result;
    for (int64_t o = 0; o < outputs; ++o) {
      std::vector<double> a(inputs * inputs), b(inputs);
      for (int64_t t = 0; t < rows; ++t) {
        double y = 0;
        for (int64_t k = 0; k < inputs; ++k)
          y += double(weights[o * inputs + k]) * original[t * inputs + k];
        for (int64_t i = 0; i < inputs; ++i) {
          b[i] += y * changed[t * inputs + i];
          for (int64_t j = 0; j < inputs; ++j)
            a[i * inputs + j] += double(changed[t * inputs + i]) * changed[t * inputs + j];
        }
      }
      for (int64_t i = 0; i < inputs; ++i) {
        a[i * inputs + i] += damping;
        b[i] += damping * weights[o * inputs + i];
      }
      std::vector<double> row = solve(a, b, inputs);
      result.insert(result.end(), row.begin(), row.end());
    }
    return result;
  }
  ReplayedSums sums(int64_t calls = 1) const {
    ReplayedSums result(inputs);
    for (int64_t call = 0; call < calls; ++call) {
      int64_t begin = call * (rows / calls) * inputs;
      EXPECT_FALSE(
          bool(result.add({false, original.data() + begin, changed.data() + begin, rows / calls})));
    }
    return result;
  }
};
} // namespace

TEST(TargetCorrection, IsTheSolutionOfLeastSquares) {
  Sample sample;
  ReplayedSums sums = sample.sums(/*calls=*/5);
  StatisticsRecord record = sums.record({});
  Hessian hessian = Hessian::of(record.fitted, inputs);
  for (double damping : {0., .01, .1}) {
    auto correction = targetCorrection(hessian, sums.cross(), damping);
    ASSERT_TRUE(correction);
    std::vector<float> target = correctedTarget(sample.weights, outputs, *correction, 1);
    std::vector<double> expected =
        sample.leastSquares(damping * hessian.meanDiagonal() * double(rows));
    for (size_t i = 0; i < target.size(); ++i)
      EXPECT_NEAR(target[i], expected[i], 2e-6 * std::max(1., std::abs(expected[i])));
  }
}

TEST(TargetCorrection, GoesAShareOfTheWay) {
  Sample sample;
  ReplayedSums sums = sample.sums();
  StatisticsRecord record = sums.record({});
  auto correction = targetCorrection(Hessian::of(record.fitted, inputs), sums.cross(), .01);
  std::vector<float> whole = correctedTarget(sample.weights, outputs, *correction, 1),
                     half = correctedTarget(sample.weights, outputs, *correction, .5);
  EXPECT_EQ(correctedTarget(sample.weights, outputs, *correction, 0), sample.weights);
  for (size_t i = 0; i < half.size(); ++i)
    EXPECT_NEAR(half[i], (sample.weights[i] + whole[i]) / 2, 1e-6);
}

TEST(TargetCorrection, LeavesOutInputsThatAreAlwaysZero) {
  Sample sample;
  for (int64_t t = 0; t < rows; ++t)
    sample.changed[t * inputs + 2] = 0;
  ReplayedSums sums = sample.sums();
  StatisticsRecord record = sums.record({});
  auto correction = targetCorrection(Hessian::of(record.fitted, inputs), sums.cross(), .01);
  ASSERT_TRUE(correction);
  std::vector<float> target = correctedTarget(sample.weights, outputs, *correction, 1);
  for (int64_t o = 0; o < outputs; ++o)
    EXPECT_EQ(target[o * inputs + 2], sample.weights[o * inputs + 2]);
  for (float value : target)
    EXPECT_TRUE(std::isfinite(value));
}

TEST(ReplayedSums, TellWhetherSomethingChanged) {
  Sample sample;
  ReplayedSums same(inputs);
  EXPECT_FALSE(bool(same.add({false, sample.original.data(), sample.original.data(), rows})));
  EXPECT_FALSE(same.isChanged());
  EXPECT_TRUE(sample.sums().isChanged());
  for (float value : same.cross())
    EXPECT_EQ(value, 0);
}

TEST(ReplayedSums, KeepWhatIsHeldBackApart) {
  Sample sample;
  ReplayedSums sums(inputs);
  EXPECT_FALSE(bool(sums.add({false, sample.original.data(), sample.changed.data(), 40})));
  EXPECT_FALSE(
      bool(sums.add({true, sample.original.data(), sample.changed.data() + 40 * inputs, 10})));
  StatisticsRecord record = sums.record({});
  EXPECT_EQ(record.fitted.rows, 40);
  EXPECT_EQ(record.held.rows, 10);
  double square = 0;
  for (int64_t t = 40; t < 50; ++t)
    square += double(sample.changed[t * inputs]) * sample.changed[t * inputs];
  EXPECT_NEAR(record.held.sumOfSquares[0], square, 1e-4);
}

TEST(ReplayedSums, RefuseWhatIsNoNumber) {
  Sample sample;
  sample.changed[5] = NAN;
  ReplayedSums sums(inputs);
  EXPECT_EQ(llvm::toString(sums.add({false, sample.original.data(), sample.changed.data(), rows})),
            "are not finite: expects finite numbers");
}
