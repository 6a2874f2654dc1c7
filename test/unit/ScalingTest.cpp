// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Scaled inputs and their statistics, against naive references in f64.
#include "lib/Scaling/SmoothSearch.h"
#include "lib/Statistics/ScaledRecord.h"
#include "test/unit/HessianFixture.h"
#include "test/unit/RandomNumbers.h"

#include "gtest/gtest.h"

#include <cmath>
#include <random>

using namespace retort;

static GroupedMatrix makeMatrix(int64_t outputs, int64_t inputs, unsigned seed) {
  GroupedMatrix matrix;
  matrix.outputs = outputs;
  matrix.inputs = inputs;
  matrix.groupSize = 8;
  matrix.roundScale = [](float scale) { return scale; };
  matrix.weights = normals(outputs * inputs, seed);
  return matrix;
}

static ChannelSource sourceOf(std::vector<int64_t> classes, int64_t count) {
  ChannelSource source;
  source.classes = std::move(classes);
  source.classCount = count;
  return source;
}

TEST(Scaling, RecordsAreThoseOfTheScaledRows) {
  int64_t inputs = 5, rows = 7;
  std::vector<float> x = normals(rows * inputs, 1), scales{.5f, 2, 1, 3, .25f};
  auto measure = [&](bool isScaled) {
    std::vector<std::vector<float>> sums(7);
    for (int64_t i = 0; i < inputs; ++i) {
      double sum = 0, magnitudes = 0, squares = 0, largest = 0, least = 1e9, most = -1e9;
      auto at = [&](int64_t t, int64_t k) {
        return double(x[t * inputs + k]) / (isScaled ? scales[k] : 1);
      };
      for (int64_t t = 0; t < rows; ++t) {
        sum += at(t, i);
        magnitudes += std::abs(at(t, i));
        squares += at(t, i) * at(t, i);
        largest = std::max(largest, std::abs(at(t, i)));
        least = std::min(least, at(t, i));
        most = std::max(most, at(t, i));
      }
      sums[5].push_back(float(least));
      sums[6].push_back(float(most));
      for (auto [list, value] : {std::pair(0, sum), {1, magnitudes}, {2, squares}, {3, largest}})
        sums[list].push_back(float(value));
      for (int64_t j = 0; j <= i; ++j) {
        double product = 0;
        for (int64_t t = 0; t < rows; ++t)
          product += at(t, i) * at(t, j);
        sums[4].push_back(float(product));
      }
    }
    return sums;
  };
  auto before = measure(false), expected = measure(true);
  StatisticsRecord record;
  record.inputs = inputs;
  for (Moments *moments : {&record.fitted, &record.held}) {
    moments->rows = rows;
    moments->sum = before[0];
    moments->sumOfMagnitudes = before[1];
    moments->sumOfSquares = before[2];
    moments->largest = before[3];
    moments->gram = before[4];
    moments->least = before[5];
    moments->most = before[6];
  }
  ScaledRecord scaled(record, scales);
  for (const Moments *moments : {&scaled.record().fitted, &scaled.record().held}) {
    llvm::ArrayRef<float> lists[] = {
        moments->sum,  moments->sumOfMagnitudes, moments->sumOfSquares, moments->largest,
        moments->gram, moments->least,           moments->most};
    for (int list = 0; list < 7; ++list)
      for (size_t i = 0; i < expected[list].size(); ++i)
        EXPECT_NEAR(lists[list][i], expected[list][i],
                    1e-5 * std::max(1.0f, std::abs(expected[list][i])));
  }
}

TEST(Scaling, ErrorIsThatOfTheOutputs) {
  int64_t outputs = 4, inputs = 12;
  GroupedMatrix matrix = makeMatrix(outputs, inputs, 2);
  Hessian hessian = makeHessian(inputs, 3);
  std::vector<float> scales = normals(inputs, 4);
  for (float &scale : scales)
    scale = std::exp(scale);
  SetError found = errorWithScales(matrix, hessian, hessian, scales, {});
  GroupedMatrix rounded = matrix;
  rounded.weights = scaledInputs(matrix.weights, scales);
  rounded.roundToNearest(/*search=*/false);
  double expected = 0;
  for (int64_t o = 0; o < outputs; ++o)
    for (int64_t i = 0; i < inputs; ++i)
      for (int64_t j = 0; j < inputs; ++j) {
        auto off = [&](int64_t k) {
          return double(rounded.valueAt(o, k)) / scales[k] - matrix.weights[o * inputs + k];
        };
        expected += off(i) * hessian.at(i, j) * off(j);
      }
  EXPECT_NEAR(found.fitted, expected, 1e-4 * expected);
  EXPECT_NEAR(found.held, expected, 1e-4 * expected);
}

TEST(Scaling, ChannelsOfAClassShareAScale) {
  std::vector<float> scales = scalesOf({4, 1, 2, 16}, .5, sourceOf({0, 1, 0, 2}, 3));
  EXPECT_EQ(scales[0], scales[2]); // (4 + 2) / 2
  EXPECT_NEAR(scales[0] / scales[1], std::sqrt(3.0), 1e-5);
  EXPECT_NEAR(scales[1] * scales[3], 1, 1e-5);
}

TEST(Scaling, DeadInputsAreNotBlownUp) {
  for (float scale : scalesOf({0, 0}, .5, sourceOf({0, 1}, 2)))
    EXPECT_EQ(scale, 1);
  std::vector<float> scales = scalesOf({0, 1}, 1, sourceOf({0, 1}, 2));
  EXPECT_NEAR(scales[1] / scales[0], 1e4, 1);
}

TEST(Scaling, PowersOfTwo) {
  std::vector<float> scales{.7f, 3, 1.2f};
  roundToPowersOfTwo(scales);
  EXPECT_EQ(scales, (std::vector<float>{.5f, 4, 1}));
}

TEST(Scaling, SearchIsNoWorseThanNoScales) {
  GroupedMatrix matrix = makeMatrix(16, 32, 5);
  Hessian hessian = makeHessian(32, 6);
  std::vector<double> sizes;
  std::vector<int64_t> classes;
  for (int64_t k = 0; k < 32; ++k) {
    sizes.push_back(std::sqrt(hessian.at(k, k)));
    classes.push_back(k);
  }
  ChannelSource source = sourceOf(classes, 32);
  ExponentChoice choice = searchExponent(matrix, hessian, hessian, 10, {}, [&](double exponent) {
    return scalesOf(sizes, exponent, source);
  });
  EXPECT_LT(choice.after.fitted, choice.before.fitted);
  EXPECT_GT(choice.exponent, 0);
}

TEST(Scaling, SearchForBothLowersBothErrors) {
  GroupedMatrix matrix = makeMatrix(16, 32, 7);
  Hessian hessian = makeHessian(32, 8), held = makeHessian(32, 9);
  std::vector<double> sizes;
  std::vector<int64_t> classes;
  for (int64_t k = 0; k < 32; ++k) {
    sizes.push_back(std::sqrt(hessian.at(k, k)));
    classes.push_back(k);
  }
  ChannelSource source = sourceOf(classes, 32);
  SampleRounding sample{/*refine=*/1, /*actOrder=*/true, .01};
  auto scalesFor = [&](double exponent) { return scalesOf(sizes, exponent, source); };
  ExponentChoice choice = searchForBoth(matrix, hessian, held, 10, sample, scalesFor);
  std::vector<float> ones(32, 1);
  for (const RoundingAhead &ahead : {RoundingAhead{}, RoundingAhead{sample}}) {
    SetError before = errorWithScales(matrix, hessian, held, ones, ahead),
             after = errorWithScales(matrix, hessian, held, choice.scales, ahead);
    EXPECT_LE(after.fitted, before.fitted);
    EXPECT_LE(after.held, before.held);
  }
}

namespace {
/// Rows of a sample, and what is known of them.
struct Sample {
  std::vector<float> largest, least, most, sum, magnitudes;
  Moments moments(bool knowsSigns) const {
    Moments result;
    result.rows = 4;
    result.sum = sum;
    result.sumOfMagnitudes = magnitudes;
    result.largest = largest;
    if (knowsSigns) {
      result.least = least;
      result.most = most;
    }
    return result;
  }
};
} // namespace

TEST(Scaling, RangesReachFromTheLeastToTheLargest) {
  Sample sample{{4, 3}, {-1, -3}, {4, 2}, {5, -1}, {7, 5}};
  std::vector<float> scales{2, 1};
  InputRange range;
  range.add(sample.moments(true), scales);
  EXPECT_DOUBLE_EQ(range.low, -3);
  EXPECT_DOUBLE_EQ(range.high, 2);
  EXPECT_DOUBLE_EQ(range.step(), 5.0 / 255);
  EXPECT_EQ(range.zero(), 153);

  InputRange unknown; // signs
  unknown.add(sample.moments(false), scales);
  EXPECT_DOUBLE_EQ(unknown.low, -3);
  EXPECT_DOUBLE_EQ(unknown.high, 3);
}

TEST(Scaling, WhatIsNeverNegativeHasAllCodesAbove) {
  Sample sample{{4, 3}, {}, {}, {5, 3}, {5, 3}};
  InputRange range;
  range.add(sample.moments(false), std::vector<float>{1, 1});
  EXPECT_EQ(range.low, 0);
  EXPECT_EQ(range.zero(), 0);
  EXPECT_DOUBLE_EQ(range.step(), 4.0 / 255);
  EXPECT_EQ(InputRange().step(), 1); // of zeros alone
}
