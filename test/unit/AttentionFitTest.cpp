// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What is fitted in the place of attention, against what the definitions say in double precision.
#include "lib/Compress/ReplaceAttentionByRetention/DecayFit.h"
#include "test/unit/RandomNumbers.h"

#include <cmath>
#include <gtest/gtest.h>

using namespace retort;

namespace {
constexpr int64_t heads = 4, groups = 2, width = 3, valueWidth = 2, length = 9;
constexpr float scale = .6f;

struct Text {
  explicit Text(unsigned seed)
      : query(normals(heads * length * width, seed)),
        key(normals(groups * length * width, seed + 1)),
        value(normals(groups * length * valueWidth, seed + 2)) {}
  AttentionRows rows() const {
    return {query.data(), key.data(), value.data(), heads, groups,
            length,       width,      valueWidth,   scale};
  }
  double score(int64_t head, int64_t i, int64_t j) const {
    double sum = 0;
    for (int64_t d = 0; d < width; ++d)
      sum += double(rows().queryAt(head, i)[d]) * rows().keyAt(head / 2, j)[d];
    return scale * sum;
  }
  std::vector<float> query, key, value;
};

/// sum over j of weight(i, j) v_j / sum over j of divisor(i, j).
template <typename Weight, typename Divisor>
double weighed(const Text &text, int64_t group, int64_t i, int64_t e, Weight weight,
               Divisor divisor) {
  double sum = 0, whole = 0;
  for (int64_t j = 0; j <= i; ++j) {
    sum += weight(j) * text.rows().valueAt(group, j)[e];
    whole += divisor(j);
  }
  return sum / whole;
}
} // namespace

TEST(AttentionRows, AttendsToSinksAndAWindow) {
  Text text(1);
  std::vector<float> found(length * valueWidth);
  for (auto [sinks, window] : {std::pair(0, 3), {2, 3}, {1, 1}, {0, 100}})
    for (int64_t head = 0; head < heads; ++head) {
      attendTo(text.rows(), head, sinks, window, {found.data(), valueWidth});
      for (int64_t i = 0; i < length; ++i)
        for (int64_t e = 0; e < valueWidth; ++e) {
          auto share = [&](int64_t j) {
            return j < sinks || i - j < window ? std::exp(text.score(head, i, j)) : 0;
          };
          EXPECT_NEAR(found[i * valueWidth + e], weighed(text, head / 2, i, e, share, share), 1e-5);
        }
    }
}

TEST(AttentionRows, RetainsWhatDecays) {
  Text text(4);
  std::vector<float> found(length * valueWidth), mean(length * valueWidth);
  for (double decay : {-.01, -.7, -9.0})
    for (int64_t head = 0; head < heads; ++head) {
      retain(text.rows(), head, decay, {found.data(), valueWidth});
      average(text.rows(), head / 2, decay, {mean.data(), valueWidth});
      for (int64_t i = 0; i < length; ++i)
        for (int64_t e = 0; e < valueWidth; ++e) {
          auto left = [&](int64_t j) { return std::exp(double(i - j) * decay); };
          auto asked = [&](int64_t j) { return left(j) * text.score(head, i, j); };
          EXPECT_NEAR(found[i * valueWidth + e], weighed(text, head / 2, i, e, asked, left), 1e-5);
          EXPECT_NEAR(mean[i * valueWidth + e], weighed(text, head / 2, i, e, left, left), 1e-5);
        }
    }
}

namespace {
constexpr int64_t features = 5, outputs = 3, rows = 40;

/// y = W' z + noise.
std::vector<float> outputsOf(const std::vector<float> &z, const std::vector<float> &weights,
                             float noise) {
  std::vector<float> y = normals(z.size() / features * outputs, 9);
  for (size_t row = 0; row < z.size() / features; ++row)
    for (int64_t n = 0; n < outputs; ++n) {
      float &number = y[row * outputs + n];
      number *= noise;
      for (int64_t k = 0; k < features; ++k)
        number += z[row * features + k] * weights[k * outputs + n];
    }
  return y;
}

double naiveError(const std::vector<float> &z, const std::vector<float> &y,
                  const std::vector<float> &weights) {
  std::vector<double> mean(outputs);
  size_t count = z.size() / features;
  for (size_t i = 0; i < y.size(); ++i)
    mean[i % outputs] += double(y[i]) / double(count);
  double left = 0, all = 0;
  for (size_t i = 0; i < y.size(); ++i) {
    double found = 0;
    for (int64_t k = 0; k < features; ++k)
      found += double(z[i / outputs * features + k]) * weights[k * outputs + i % outputs];
    left += (y[i] - found) * (y[i] - found);
    all += (y[i] - mean[i % outputs]) * (y[i] - mean[i % outputs]);
  }
  return left / all;
}
} // namespace

TEST(RidgeFit, FindsTheMatrix) {
  std::vector<float> weights = normals(features * outputs, 5), z = normals(rows * features, 6),
                     held = normals(16 * features, 7), y = outputsOf(z, weights, 0),
                     heldY = outputsOf(held, weights, 0);
  RidgeSums sums(features, outputs);
  sums.add(false, rows / 2, z.data(), y.data());
  sums.add(false, rows / 2, z.data() + rows / 2 * features, y.data() + rows / 2 * outputs);
  sums.add(true, 16, held.data(), heldY.data());
  RidgeResult found = fitRidge(sums);
  for (size_t i = 0; i < weights.size(); ++i)
    EXPECT_NEAR(found.weights[i], weights[i], 1e-3);
  EXPECT_LT(found.error, 1e-6);
  EXPECT_EQ(found.ridge, 1e-7);
}

TEST(RidgeFit, CountsErrorsOnRowsThatWereHeldBack) {
  std::vector<float> weights = normals(features * outputs, 5), z = normals(rows * features, 6),
                     held = normals(16 * features, 7), other = normals(features * outputs, 8);
  RidgeSums sums(features, outputs);
  std::vector<float> y = outputsOf(z, weights, .5f), heldY = outputsOf(held, weights, .5f);
  sums.add(false, rows, z.data(), y.data());
  EXPECT_NEAR(errorOf(sums, other), naiveError(z, y, other), 1e-4);
  sums.add(true, 16, held.data(), heldY.data());
  EXPECT_NEAR(errorOf(sums, other), naiveError(held, heldY, other), 1e-4);
}

TEST(RidgeFit, KeepsAStartThatNothingBeats) {
  // What is fitted says the opposite of what is held back.
  std::vector<float> weights = normals(features * outputs, 5), opposite(weights),
                     z = normals(rows * features, 6), held = normals(16 * features, 7);
  for (float &number : opposite)
    number = -number;
  std::vector<float> y = outputsOf(z, opposite, 0), heldY = outputsOf(held, weights, 0);
  RidgeSums sums(features, outputs);
  sums.add(false, rows, z.data(), y.data());
  sums.add(true, 16, held.data(), heldY.data());
  RidgeResult found = fitRidge(sums, weights);
  EXPECT_EQ(found.weights, weights);
  EXPECT_TRUE(std::isinf(found.ridge));
}

TEST(DecayFit, FindsTheDecaysOfRetention) {
  std::vector<double> grid = decayGrid();
  // Rounds x groups, in the order in which they are given.
  std::vector<float> wanted = {float(grid[1]), float(grid[2]), float(grid[5]), float(grid[8])};
  DecayFit fit(heads, groups, valueWidth);
  for (unsigned seed = 0; seed < 30; ++seed) {
    Text text(100 + 3 * seed);
    std::vector<float> target(length * heads * valueWidth), part(length * valueWidth);
    for (int64_t head = 0; head < heads; ++head)
      for (int64_t round = 0; round < 2; ++round) {
        retain(text.rows(), head, wanted[round * groups + head / 2], {part.data(), valueWidth});
        for (int64_t i = 0; i < length * valueWidth; ++i)
          target[(i / valueWidth * heads + head) * valueWidth + i % valueWidth] +=
              part[i] * (round ? .5f : 1);
      }
    fit.add(text.rows(), target.data());
  }
  EXPECT_EQ(fit.choose(2), wanted);
  EXPECT_LT(std::abs(fit.leftOver(0, {1, 5})), 1e-2);
  EXPECT_GT(fit.leftOver(0, {1, 4}), .1);
}
