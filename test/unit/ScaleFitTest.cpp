// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Scales fitted again to codes that stay, and biases that take up mean errors, against naive
// references in f64.
#include "lib/Compress/CorrectBias/MeanError.h"
#include "lib/Rounding/Descent.h"
#include "test/unit/HessianFixture.h"
#include "test/unit/RoundedMatrix.h"

#include "gtest/gtest.h"

#include <cmath>
#include <random>

using namespace retort;

static double errorOf(const GroupedMatrix &matrix, const Hessian &hessian) {
  double sum = 0;
  for (int64_t i = 0; i < matrix.outputs; ++i)
    for (int64_t j = 0; j < matrix.inputs; ++j)
      for (int64_t k = 0; k < matrix.inputs; ++k) {
        auto off = [&](int64_t at) {
          return double(matrix.numbers.numberOf(matrix.codeAt(i, at), matrix.scaleOf(i, at).zero)) *
                     matrix.scaleOf(i, at).scale -
                 matrix.weights[i * matrix.inputs + at];
        };
        sum += off(j) * hessian.at(j, k) * off(k);
      }
  return sum;
}

/// The least error that any scales leave: for each output (Q'HQ) s = Q'H w, solved densely.
static double leastError(GroupedMatrix matrix, const Hessian &hessian) {
  int64_t groups = matrix.groups();
  double sum = 0;
  for (int64_t i = 0; i < matrix.outputs; ++i) {
    Matrix normal(groups, std::vector<double>(groups));
    std::vector<double> right(groups);
    auto number = [&](int64_t k) {
      return double(matrix.numbers.numberOf(matrix.codeAt(i, k), matrix.scaleOf(i, k).zero));
    };
    double whole = 0;
    for (int64_t j = 0; j < matrix.inputs; ++j)
      for (int64_t k = 0; k < matrix.inputs; ++k) {
        double w = matrix.weights[i * matrix.inputs + k], h = hessian.at(j, k);
        normal[j / matrix.groupSize][k / matrix.groupSize] += number(j) * h * number(k);
        right[j / matrix.groupSize] += number(j) * h * w;
        whole += double(matrix.weights[i * matrix.inputs + j]) * h * w;
      }
    Matrix inverted = inverse(normal);
    for (int64_t g = 0; g < groups; ++g)
      for (int64_t h = 0; h < groups; ++h)
        whole -= right[g] * inverted[g][h] * right[h];
    sum += whole;
  }
  return sum;
}

namespace {
class Forms : public testing::TestWithParam<CodeNumbers> {};
INSTANTIATE_TEST_SUITE_P(
    Codes, Forms,
    testing::Values(CodeNumbers::integers({2, true}), CodeNumbers::integers({3, true}),
                    CodeNumbers::integers({4, true}), CodeNumbers::integers({5, false}),
                    CodeNumbers::integers({4, false}), CodeNumbers::integers({8, true}),
                    CodeNumbers::levels(2), CodeNumbers::levels(3), CodeNumbers::levels(5),
                    CodeNumbers::levels(8)));
} // namespace

TEST_P(Forms, FloatScalesEndAtTheLeastSquares) {
  GroupedMatrix matrix =
      makeMatrix(6, 44, 8, GetParam(), 1, /*search=*/false); // a short last group
  matrix.hasLadder = false;
  Hessian hessian = makeHessian(44, 2);
  std::vector<int8_t> codes = matrix.codes;
  double before = errorOf(matrix, hessian), least = leastError(matrix, hessian);
  descendScales(matrix, hessian, 500);
  EXPECT_EQ(matrix.codes, codes);
  double after = errorOf(matrix, hessian);
  EXPECT_LT(after, before);
  EXPECT_NEAR(after, least, 1e-5 * before);
}

TEST_P(Forms, NoPassMakesItWorse) {
  GroupedMatrix matrix =
      makeMatrix(9, 300, 32, GetParam(), 3, /*search=*/false); // more than a block
  Hessian hessian = makeHessian(300, 4);
  double before = errorOf(matrix, hessian);
  for (int pass = 0; pass < 3; ++pass) {
    descendScales(matrix, hessian, 1);
    double after = errorOf(matrix, hessian);
    EXPECT_LE(after, before * (1 + 1e-6));
    before = after;
  }
}

TEST(CorrectBias, MeanErrorIsThatOfTheRows) {
  int64_t outputs = 3, inputs = 5, rows = 11;
  std::vector<float> x = normals(rows * inputs, 5), error = normals(outputs * inputs, 6);
  for (float &value : x)
    value += 1;
  std::vector<float> sum(inputs), gram;
  Hessian hessian{inputs, ScratchArray<float>(inputs * inputs)};
  for (int64_t t = 0; t < rows; ++t)
    for (int64_t i = 0; i < inputs; ++i) {
      sum[i] += x[t * inputs + i];
      for (int64_t j = 0; j < inputs; ++j)
        hessian.elements[i * inputs + j] += x[t * inputs + i] * x[t * inputs + j] / float(rows);
    }
  Moments moments;
  moments.rows = rows;
  moments.sum = sum;
  std::vector<double> found = meanError(error, outputs, moments), expected(outputs);
  double whole = 0, corrected = 0;
  auto outputOf = [&](int64_t t, int64_t o) {
    double y = 0;
    for (int64_t k = 0; k < inputs; ++k)
      y += double(error[o * inputs + k]) * x[t * inputs + k];
    return y;
  };
  for (int64_t o = 0; o < outputs; ++o)
    for (int64_t t = 0; t < rows; ++t)
      expected[o] += outputOf(t, o) / double(rows);
  for (int64_t o = 0; o < outputs; ++o) {
    EXPECT_NEAR(found[o], expected[o], 1e-6);
    for (int64_t t = 0; t < rows; ++t) {
      whole += std::pow(outputOf(t, o), 2) / double(rows);
      corrected += std::pow(outputOf(t, o) - expected[o], 2) / double(rows);
    }
  }
  EXPECT_NEAR(errorWithBias(error, std::vector<double>(outputs), hessian, moments), whole, 1e-5);
  EXPECT_NEAR(errorWithBias(error, found, hessian, moments), corrected, 1e-5);
  EXPECT_LT(corrected, whole);
}
