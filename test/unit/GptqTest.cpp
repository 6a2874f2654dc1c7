// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Rounding with error feedback and by descent, against naive references in f64.
#include "lib/Rounding/Descent.h"
#include "lib/Rounding/ErrorFeedback.h"
#include "lib/Rounding/GroupScales.h"
#include "test/unit/HessianFixture.h"
#include "test/unit/RoundedMatrix.h"

#include "gtest/gtest.h"

#include <cmath>
#include <numeric>
#include <random>

using namespace retort;

namespace {
/// Optimal brain quantization of one output in a given order: what is left to round moves to the
/// least squares solution after each step.
std::vector<int> roundOneByOne(const GroupedMatrix &matrix, int64_t output,
                               const std::vector<int64_t> &order, const Hessian &hessian,
                               double damping) {
  std::vector<double> left;
  for (int64_t j : order)
    left.push_back(matrix.weights[output * matrix.inputs + j]);
  std::vector<int> codes(order.size());
  double added = damping * hessian.meanDiagonal();
  for (size_t j = 0; j < order.size(); ++j) {
    size_t n = order.size() - j;
    Matrix rest(n, std::vector<double>(n));
    for (size_t a = 0; a < n; ++a)
      for (size_t b = 0; b < n; ++b)
        rest[a][b] = hessian.at(order[j + a], order[j + b]) + (a == b ? added : 0);
    Matrix inverted = inverse(rest);
    UniformScale scale = matrix.scaleOf(output, order[j]);
    bool stays = matrix.kept.empty() || matrix.kept[output * matrix.inputs + order[j]];
    codes[order[j]] = matrix.numbers.nearest(stays ? float(left[j]) : 0, scale);
    double error = (left[j] - matrix.numbers.decoded(codes[order[j]], scale)) / inverted[0][0];
    for (size_t k = 0; k < n; ++k)
      left[j + k] -= error * inverted[0][k];
  }
  return codes;
}

double errorOf(const GroupedMatrix &matrix, const Hessian &hessian) {
  return outputError(matrix.error(), matrix.outputs, hessian);
}

class Widths : public testing::TestWithParam<CodeNumbers> {};
INSTANTIATE_TEST_SUITE_P(
    Codes, Widths,
    testing::Values(CodeNumbers::integers({2, true}), CodeNumbers::integers({4, true}),
                    CodeNumbers::integers({8, true}), CodeNumbers::integers({3, false}),
                    CodeNumbers::integers({4, false}), CodeNumbers::integers({8, false}),
                    CodeNumbers::levels(2), CodeNumbers::levels(3), CodeNumbers::levels(5),
                    CodeNumbers::levels(8)));
} // namespace

TEST_P(Widths, FeedbackIsOptimalBrainQuantizationInThatOrder) {
  int64_t outputs = 5, inputs = 21;
  GroupedMatrix matrix = makeMatrix(outputs, inputs, 8, GetParam(), 1);
  Hessian hessian = makeHessian(inputs, 2);
  std::vector<int64_t> order = hessian.byFallingDiagonal();
  auto factor = factorInverse(hessian.permuted(order), .01);
  ASSERT_TRUE(factor);
  roundWithFeedback(matrix, order, *factor);
  for (int64_t i = 0; i < outputs; ++i) {
    std::vector<int> expected = roundOneByOne(matrix, i, order, hessian, .01);
    for (int64_t k = 0; k < inputs; ++k)
      EXPECT_EQ(matrix.codeAt(i, k), expected[k]) << i << " " << k;
  }
}

TEST_P(Widths, EachStepIsBetterThanTheOneBefore) {
  int64_t outputs = 16, inputs = 300; // more than a block, and a short last group
  Hessian hessian = makeHessian(inputs, 3);
  GroupedMatrix matrix = makeMatrix(outputs, inputs, 32, GetParam(), 4);
  double nearest = errorOf(matrix, hessian);
  std::vector<int64_t> order = hessian.byFallingDiagonal();
  roundWithFeedback(matrix, order, *factorInverse(hessian.permuted(order), .01));
  double feedback = errorOf(matrix, hessian);
  EXPECT_LT(feedback, nearest);
  for (int pass = 0; pass < 3; ++pass) {
    double before = errorOf(matrix, hessian);
    descend(matrix, hessian, 1);
    EXPECT_LE(errorOf(matrix, hessian), before * (1 + 1e-5)) << pass;
  }
  EXPECT_LT(errorOf(matrix, hessian), feedback);
}

TEST_P(Widths, DescentEndsWhereNoCodeAloneIsBetter) {
  int64_t outputs = 3, inputs = 20;
  Hessian hessian = makeHessian(inputs, 5);
  GroupedMatrix matrix = makeMatrix(outputs, inputs, 8, GetParam(), 6);
  descend(matrix, hessian, 200);
  double reached = errorOf(matrix, hessian);
  for (int64_t i = 0; i < outputs; ++i)
    for (int64_t k = 0; k < inputs; ++k)
      for (int step : {-1, 1}) {
        int code = matrix.codeAt(i, k), other = code + step;
        if (other < matrix.numbers.lowest() || other > matrix.numbers.highest())
          continue;
        matrix.setCode(i, k, other);
        EXPECT_GE(errorOf(matrix, hessian), reached * (1 - 1e-4)) << i << " " << k;
        matrix.setCode(i, k, code);
      }
}

TEST_P(Widths, SearchedScalesLeaveNoMoreThanTheRange) {
  GroupedMatrix searched = makeMatrix(8, 64, 16, GetParam(), 7), ranged = searched;
  ranged.roundToNearest(/*search=*/false);
  auto squares = [](const GroupedMatrix &matrix) {
    std::vector<float> error = matrix.error();
    return std::inner_product(error.begin(), error.end(), error.begin(), 0.0);
  };
  EXPECT_LE(squares(searched), squares(ranged));
}

namespace {
/// Two of each four inputs of an output stay.
GroupedMatrix makeMasked(int64_t outputs, int64_t inputs, const CodeNumbers &numbers) {
  GroupedMatrix matrix = makeMatrix(outputs, inputs, 8, numbers, 11);
  matrix.kept.resize(matrix.weights.size());
  for (int64_t i = 0; i < outputs; ++i)
    for (int64_t k = 0; k < inputs; ++k)
      matrix.kept[i * inputs + k] = (k + i) % 4 < 2;
  matrix.roundToNearest(/*search=*/true);
  return matrix;
}

class Masks : public testing::TestWithParam<CodeNumbers> {};
INSTANTIATE_TEST_SUITE_P(Codes, Masks,
                         testing::Values(CodeNumbers::integers({2, true}),
                                         CodeNumbers::integers({4, true}),
                                         CodeNumbers::integers({4, false}),
                                         CodeNumbers::integers({8, false})));
} // namespace

TEST_P(Masks, FeedbackMakesUpForWhatGoesAndForWhatIsRounded) {
  int64_t outputs = 5, inputs = 21;
  GroupedMatrix matrix = makeMasked(outputs, inputs, GetParam());
  Hessian hessian = makeHessian(inputs, 12);
  std::vector<int64_t> order = hessian.byFallingDiagonal();
  roundWithFeedback(matrix, order, *factorInverse(hessian.permuted(order), .01));
  for (int64_t i = 0; i < outputs; ++i) {
    std::vector<int> expected = roundOneByOne(matrix, i, order, hessian, .01);
    for (int64_t k = 0; k < inputs; ++k)
      EXPECT_EQ(matrix.codeAt(i, k), expected[k]) << i << " " << k;
  }
}

TEST_P(Masks, ZerosStayAndWhatStaysGetsBetter) {
  int64_t outputs = 6, inputs = 40;
  GroupedMatrix matrix = makeMasked(outputs, inputs, GetParam());
  Hessian hessian = makeHessian(inputs, 13);
  double nearest = errorOf(matrix, hessian);
  std::vector<int64_t> order = hessian.byFallingDiagonal();
  roundWithFeedback(matrix, order, *factorInverse(hessian.permuted(order), .01));
  descend(matrix, hessian, 200);
  double reached = errorOf(matrix, hessian);
  EXPECT_LT(reached, nearest);
  for (int64_t i = 0; i < outputs; ++i)
    for (int64_t k = 0; k < inputs; ++k) {
      if (!matrix.isKept(i, k)) {
        EXPECT_EQ(matrix.valueAt(i, k), 0) << i << " " << k;
        continue;
      }
      for (int step : {-1, 1}) {
        int code = matrix.codeAt(i, k), other = code + step;
        if (other < matrix.numbers.lowest() || other > matrix.numbers.highest())
          continue;
        matrix.setCode(i, k, other);
        EXPECT_GE(errorOf(matrix, hessian), reached * (1 - 1e-4)) << i << " " << k;
        matrix.setCode(i, k, code);
      }
    }
}

TEST(Masks, GroupsOfWhichNothingStaysAreZeros) {
  GroupedMatrix matrix = makeMatrix(2, 16, 8, CodeNumbers::integers({4, false}), 14);
  matrix.kept.assign(matrix.weights.size(), 0);
  matrix.kept[3] = 1;
  matrix.roundToNearest(/*search=*/true);
  for (int64_t i = 0; i < 2; ++i)
    for (int64_t k = 0; k < 16; ++k)
      EXPECT_EQ(matrix.valueAt(i, k) != 0, i == 0 && k == 3) << i << " " << k;
}

TEST(Hessian, FactorGivesTheInverse) {
  int64_t n = 17;
  Hessian hessian = makeHessian(n, 8);
  auto factor = factorInverse(hessian, .01);
  ASSERT_TRUE(factor);
  Matrix damped(n, std::vector<double>(n));
  for (int64_t i = 0; i < n; ++i)
    for (int64_t j = 0; j < n; ++j)
      damped[i][j] = hessian.at(i, j) + (i == j ? .01 * hessian.meanDiagonal() : 0);
  Matrix expected = inverse(damped);
  for (int64_t i = 0; i < n; ++i)
    for (int64_t j = 0; j < n; ++j) {
      double sum = 0;
      for (int64_t k = 0; k < n; ++k)
        sum += double(factor->upper[k * n + i]) * factor->upper[k * n + j];
      EXPECT_NEAR(sum, expected[i][j], 1e-5 * std::abs(expected[0][0]));
    }
}

TEST(Hessian, FactorInAnOrderIsThatOfTheRearrangedOne) {
  Hessian hessian = makeHessian(19, 10);
  std::vector<int64_t> order = hessian.byFallingDiagonal();
  auto factor = factorInverse(hessian, .01, order),
       same = factorInverse(hessian.permuted(order), .01);
  ASSERT_TRUE(factor && same);
  EXPECT_EQ(factor->upper.list(), same->upper.list());
}

TEST(Hessian, FewRowsAreDampedTheMore) {
  StatisticsRecord record;
  record.inputs = 10;
  for (auto [rows, share] : {std::pair(30, .01), {29, .1}, {10, .1}, {5, .2}, {1, 1.0}, {0, 1.0}}) {
    record.fitted.rows = rows;
    EXPECT_DOUBLE_EQ(usualDamping(record), share) << rows;
  }
}

TEST(Hessian, InputsThatAreAlwaysZeroAreNoObstacle) {
  Hessian hessian = makeHessian(6, 9);
  for (int64_t k = 0; k < 6; ++k)
    hessian.elements[2 * 6 + k] = hessian.elements[k * 6 + 2] = 0;
  EXPECT_TRUE(factorInverse(hessian, .01));
}

TEST(Hessian, SingularOnesTakeMoreDamping) {
  Hessian ones{8, ScratchArray<float>(64)};
  std::fill(ones.elements.begin(), ones.elements.end(), 1.0f);
  auto factor = factorInverse(ones, 0);
  ASSERT_TRUE(factor);
  for (float element : factor->upper)
    EXPECT_TRUE(std::isfinite(element));
}

TEST(Hessian, OutputErrorIsTheMeanSquareOfTheOutputs) {
  std::vector<float> rows{1, 2, -1, 3, 0, 4}, error{.5f, -1, 2, 1}; // 3 x 2 and 2 x 2
  Hessian hessian{2, ScratchArray<float>(4)};
  double expected = 0;
  for (int t = 0; t < 3; ++t) {
    for (int i = 0; i < 2; ++i)
      for (int j = 0; j < 2; ++j)
        hessian.elements[i * 2 + j] += rows[t * 2 + i] * rows[t * 2 + j] / 3;
    for (int o = 0; o < 2; ++o) {
      double y = error[o * 2] * rows[t * 2] + error[o * 2 + 1] * rows[t * 2 + 1];
      expected += y * y / 3;
    }
  }
  EXPECT_NEAR(outputError(error, 2, hessian), expected, 1e-5);
}
