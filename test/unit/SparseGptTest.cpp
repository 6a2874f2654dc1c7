// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Pruning with error feedback, and the fit of what is kept, against naive references in f64.
#include "lib/Compress/PruneSparseGpt/FitKept.h"
#include "lib/Compress/PruneSparseGpt/Sweep.h"
#include "test/unit/HessianFixture.h"
#include "test/unit/RandomNumbers.h"

#include "gtest/gtest.h"

#include <algorithm>

using namespace retort;

namespace {
double errorOf(const std::vector<float> &weights, const std::vector<float> &original,
               const Hessian &hessian) {
  std::vector<float> error(original);
  for (size_t i = 0; i < error.size(); ++i)
    error[i] -= weights[i];
  return outputError(error, int64_t(weights.size()) / hessian.size, hessian);
}

/// Least squares where the weights of an output stand: w_S = H_SS^-1 (H w)_S.
std::vector<double> fittedExactly(const float *original, const char *kept, const Hessian &hessian) {
  std::vector<int64_t> support;
  for (int64_t j = 0; j < hessian.size; ++j)
    if (kept[j])
      support.push_back(j);
  Matrix part(support.size(), std::vector<double>(support.size()));
  for (size_t a = 0; a < support.size(); ++a)
    for (size_t b = 0; b < support.size(); ++b)
      part[a][b] = hessian.at(support[a], support[b]);
  Matrix inverted = inverse(part);
  std::vector<double> result(hessian.size);
  for (size_t a = 0; a < support.size(); ++a)
    for (size_t b = 0; b < support.size(); ++b)
      for (int64_t j = 0; j < hessian.size; ++j)
        result[support[a]] += inverted[a][b] * hessian.at(support[b], j) * original[j];
  return result;
}

/// Optimal brain surgery of one output in order, of each m the n with the highest scores staying.
std::vector<double> prunedOneByOne(const float *original, const Hessian &hessian, double damping,
                                   int64_t n, int64_t m) {
  int64_t size = hessian.size;
  std::vector<double> left(original, original + size);
  std::vector<char> stays(size);
  Matrix rest(size, std::vector<double>(size));
  for (int64_t a = 0; a < size; ++a)
    for (int64_t b = 0; b < size; ++b)
      rest[a][b] = hessian.at(a, b) + (a == b ? damping * hessian.meanDiagonal() : 0);
  auto inverseFrom = [&](int64_t j) {
    Matrix part(size - j, std::vector<double>(size - j));
    for (int64_t a = j; a < size; ++a)
      for (int64_t b = j; b < size; ++b)
        part[a - j][b - j] = rest[a][b];
    return inverse(part);
  };
  for (int64_t j = 0; j < size; ++j) {
    if (j % m == 0) {
      std::vector<std::pair<double, int64_t>> scores;
      for (int64_t k = j; k < std::min(j + m, size); ++k)
        scores.push_back({-left[k] * left[k] / inverseFrom(k)[0][0], k});
      std::sort(scores.begin(), scores.end());
      for (size_t k = 0; k < scores.size(); ++k)
        stays[scores[k].second] = int64_t(k) < n;
    }
    if (stays[j])
      continue;
    Matrix inverted = inverseFrom(j);
    double error = left[j] / inverted[0][0];
    for (int64_t k = j; k < size; ++k)
      left[k] -= error * inverted[0][k - j];
    left[j] = 0;
  }
  return left;
}
} // namespace

TEST(SparseGpt, SweepIsOptimalBrainSurgeryInOrder) {
  int64_t outputs = 4, inputs = 18; // the last block is shorter
  Hessian hessian = makeHessian(inputs, 1);
  std::vector<float> original = normals(outputs * inputs, 2), weights = original;
  std::vector<char> kept(weights.size());
  pruneWithFeedback(weights, kept, inputs, {0, 2, 4}, *factorInverse(hessian, .01));
  for (int64_t i = 0; i < outputs; ++i) {
    auto expected = prunedOneByOne(original.data() + i * inputs, hessian, .01, 2, 4);
    for (int64_t j = 0; j < inputs; ++j)
      EXPECT_NEAR(weights[i * inputs + j], expected[j], 1e-3) << i << " " << j;
  }
}

TEST(SparseGpt, ShareThatGoesIsThatAskedFor) {
  int64_t outputs = 16, inputs = 300; // more than two blocks
  Hessian hessian = makeHessian(inputs, 3);
  std::vector<float> original = normals(outputs * inputs, 4), weights = original;
  std::vector<char> kept(weights.size());
  pruneWithFeedback(weights, kept, inputs, {.5, 0, 0}, *factorInverse(hessian, .01));
  EXPECT_EQ(std::count(kept.begin(), kept.end(), 0), outputs * inputs / 2);
  for (size_t i = 0; i < weights.size(); ++i)
    EXPECT_EQ(weights[i] == 0, !kept[i]);
  // By magnitude: what is left is as it was.
  std::vector<float> sorted = original, largest = original;
  std::nth_element(sorted.begin(), sorted.begin() + sorted.size() / 2, sorted.end(),
                   [](float a, float b) { return std::abs(a) < std::abs(b); });
  float limit = std::abs(sorted[sorted.size() / 2]);
  for (float &weight : largest)
    weight = std::abs(weight) < limit ? 0 : weight;
  EXPECT_LT(errorOf(weights, original, hessian), errorOf(largest, original, hessian));
}

TEST(SparseGpt, FitIsLeastSquaresOnWhatIsKept) {
  int64_t outputs = 3, inputs = 14;
  Hessian hessian = makeHessian(inputs, 5);
  std::vector<float> original = normals(outputs * inputs, 6), weights = original;
  std::vector<char> kept(weights.size());
  pruneWithFeedback(weights, kept, inputs, {0, 1, 2}, *factorInverse(hessian, .01));
  fitKept(weights, kept, original, hessian, 60);
  for (int64_t i = 0; i < outputs; ++i) {
    auto expected = fittedExactly(original.data() + i * inputs, kept.data() + i * inputs, hessian);
    for (int64_t j = 0; j < inputs; ++j)
      EXPECT_NEAR(weights[i * inputs + j], expected[j], 1e-3) << i << " " << j;
  }
}

TEST(SparseGpt, FitNeverMakesItWorse) {
  int64_t outputs = 8, inputs = 200;
  Hessian hessian = makeHessian(inputs, 7);
  std::vector<float> original = normals(outputs * inputs, 8), weights = original;
  std::vector<char> kept(weights.size());
  pruneWithFeedback(weights, kept, inputs, {0, 2, 4}, *factorInverse(hessian, .01));
  double before = errorOf(weights, original, hessian);
  for (int64_t steps : {1, 5, 20}) {
    std::vector<float> fitted = weights;
    fitKept(fitted, kept, original, hessian, steps);
    double after = errorOf(fitted, original, hessian);
    EXPECT_LE(after, before * (1 + 1e-5)) << steps;
    before = after;
  }
}
