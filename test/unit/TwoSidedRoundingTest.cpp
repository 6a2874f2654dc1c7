// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Rounding where outputs are weighed against each other, against naive references in f64.
#include "lib/Rounding/Descent.h"
#include "lib/Rounding/ErrorFeedback.h"
#include "lib/Rounding/TwoSidedDescent.h"
#include "lib/Rounding/TwoSidedFeedback.h"
#include "test/unit/HessianFixture.h"
#include "test/unit/RoundedMatrix.h"

#include "gtest/gtest.h"

#include <numeric>

using namespace retort;

namespace {
/// tr(G E A E'), term by term.
double naiveError(const GroupedMatrix &matrix, const Hessian &outer, const Hessian &inner) {
  std::vector<float> error = matrix.error();
  int64_t n = matrix.outputs, k = matrix.inputs;
  double sum = 0;
  for (int64_t a = 0; a < n; ++a)
    for (int64_t b = 0; b < n; ++b)
      for (int64_t i = 0; i < k; ++i)
        for (int64_t j = 0; j < k; ++j)
          sum += double(outer.at(a, b)) * error[b * k + i] * inner.at(i, j) * error[a * k + j];
  return sum;
}

Hessian unitOf(int64_t size) {
  Hessian result{size, ScratchArray<float>(size * size)};
  for (int64_t i = 0; i < size; ++i)
    result.elements[i * size + i] = 1;
  return result;
}

/// The rows of an upper triangle as f64.
Matrix upperOf(const InverseFactor &factor, int64_t size) {
  Matrix result(size, std::vector<double>(size));
  for (int64_t i = 0; i < size; ++i)
    for (int64_t j = i; j < size; ++j)
      result[i][j] = factor.upper[i * size + j];
  return result;
}

class TwoSided : public testing::TestWithParam<CodeNumbers> {};
INSTANTIATE_TEST_SUITE_P(Codes, TwoSided,
                         testing::Values(CodeNumbers::integers({2, true}),
                                         CodeNumbers::integers({4, false}), CodeNumbers::levels(2),
                                         CodeNumbers::levels(3), CodeNumbers::levels(5),
                                         CodeNumbers::levels(8)));
} // namespace

TEST(TwoSidedError, IsTheTrace) {
  GroupedMatrix matrix = makeMatrix(5, 7, 4, CodeNumbers::levels(3), 1);
  Hessian outer = makeHessian(5, 2), inner = makeHessian(7, 3);
  double expected = naiveError(matrix, outer, inner);
  EXPECT_NEAR(twoSidedError(matrix.error(), outer, inner), expected, 1e-5 * expected);
}

TEST_P(TwoSided, FeedbackIsThatOfRowsAndThenOfColumns) {
  int64_t n = 9, k = 21;
  GroupedMatrix matrix = makeMatrix(n, k, 8, GetParam(), 4), naive = matrix;
  Hessian outer = makeHessian(n, 5), inner = makeHessian(k, 6);
  std::vector<int64_t> rows = outer.byFallingDiagonal(), columns = inner.byFallingDiagonal();
  auto ofRows = factorInverse(outer, .05, rows), ofColumns = factorInverse(inner, .01, columns);
  ASSERT_TRUE(ofRows && ofColumns);
  roundWithTwoSidedFeedback(matrix, {rows, *ofRows}, {columns, *ofColumns});
  Matrix upperRows = upperOf(*ofRows, n), upperColumns = upperOf(*ofColumns, k);
  Matrix left(n, std::vector<double>(k));
  for (int64_t i = 0; i < n; ++i)
    for (int64_t j = 0; j < k; ++j)
      left[i][j] = naive.weights[rows[i] * k + columns[j]];
  for (int64_t i = 0; i < n; ++i) {
    std::vector<double> row = left[i], off(k);
    for (int64_t j = 0; j < k; ++j) {
      int code = naive.nearestAt(rows[i], columns[j], float(row[j]));
      EXPECT_EQ(matrix.codeAt(rows[i], columns[j]), code) << i << " " << j;
      double value = naive.numbers.decoded(code, naive.scaleOf(rows[i], columns[j]));
      off[j] = left[i][j] - value;
      for (int64_t l = k - 1; l >= j; --l)
        row[l] -= (row[j] - value) * upperColumns[j][l] / upperColumns[j][j];
    }
    for (int64_t r = i + 1; r < n; ++r)
      for (int64_t j = 0; j < k; ++j)
        left[r][j] -= off[j] * upperRows[i][r] / upperRows[i][i];
  }
}

TEST_P(TwoSided, EachStepIsBetterThanTheOneBefore) {
  int64_t n = 70, k = 150; // more than a block of each, and a short last group
  Hessian outer = makeHessian(n, 7), inner = makeHessian(k, 8);
  GroupedMatrix matrix = makeMatrix(n, k, 32, GetParam(), 9);
  auto errorOf = [&] { return twoSidedError(matrix.error(), outer, inner); };
  double nearest = errorOf();
  std::vector<int64_t> rows = outer.byFallingDiagonal(), columns = inner.byFallingDiagonal();
  roundWithTwoSidedFeedback(matrix, {rows, *factorInverse(outer, .05, rows)},
                            {columns, *factorInverse(inner, .01, columns)});
  double feedback = errorOf();
  EXPECT_LT(feedback, nearest);
  for (int pass = 0; pass < 4; ++pass) {
    double before = errorOf();
    descendTwoSided(matrix, outer, inner, 1);
    EXPECT_LE(errorOf(), before * (1 + 1e-5)) << pass;
  }
  EXPECT_LT(errorOf(), feedback);
}

TEST_P(TwoSided, DescentEndsWhereNoCodeAloneIsBetter) {
  int64_t n = 4, k = 12;
  Hessian outer = makeHessian(n, 10), inner = makeHessian(k, 11);
  GroupedMatrix matrix = makeMatrix(n, k, 8, GetParam(), 12);
  descendTwoSided(matrix, outer, inner, 100);
  double reached = naiveError(matrix, outer, inner);
  for (int64_t i = 0; i < n; ++i)
    for (int64_t j = 0; j < k; ++j)
      for (int step : {-1, 1}) {
        int code = matrix.codeAt(i, j), other = code + step;
        if (other < matrix.numbers.lowest() || other > matrix.numbers.highest())
          continue;
        matrix.setCode(i, j, other);
        EXPECT_GE(naiveError(matrix, outer, inner), reached * (1 - 1e-4)) << i << " " << j;
        matrix.setCode(i, j, code);
      }
}

TEST_P(TwoSided, OutputsThatDoNotMeetAreRoundedEachForItself) {
  int64_t n = 6, k = 40;
  Hessian inner = makeHessian(k, 13), unit = unitOf(n);
  GroupedMatrix matrix = makeMatrix(n, k, 8, GetParam(), 14), same = matrix;
  std::vector<int64_t> rows(n), columns = inner.byFallingDiagonal();
  std::iota(rows.begin(), rows.end(), 0);
  auto factor = factorInverse(inner, .01, columns);
  roundWithTwoSidedFeedback(matrix, {rows, *factorInverse(unit, .05, rows)}, {columns, *factor});
  roundWithFeedback(same, columns, *factor);
  EXPECT_EQ(matrix.codes, same.codes);
  descendTwoSided(matrix, unit, inner, 3);
  descend(same, inner, 3);
  double expected = outputError(same.error(), n, inner);
  EXPECT_NEAR(outputError(matrix.error(), n, inner), expected, .01 * expected);
}

TEST(TwoSidedDescent, FindsTheBestOfAFewCodesMostly) {
  int found = 0, all = 40;
  for (int seed = 0; seed < all; ++seed) {
    Hessian outer = makeHessian(2, 100 + seed), inner = makeHessian(3, 200 + seed);
    GroupedMatrix matrix = makeMatrix(2, 3, 3, CodeNumbers::integers({2, true}), 300 + seed);
    GroupedMatrix tried = matrix;
    std::vector<int64_t> rows = outer.byFallingDiagonal(), columns = inner.byFallingDiagonal();
    roundWithTwoSidedFeedback(matrix, {rows, *factorInverse(outer, 1e-6, rows)},
                              {columns, *factorInverse(inner, 1e-6, columns)});
    double reached = twoSidedError(matrix.error(), outer, inner), best = reached;
    for (int codes = 0; codes < 4096; ++codes) {
      for (int place = 0; place < 6; ++place)
        tried.setCode(place / 3, place % 3, (codes >> (2 * place) & 3) - 2);
      best = std::min(best, twoSidedError(tried.error(), outer, inner));
    }
    found += reached <= best * 1.0001;
  }
  EXPECT_GE(found, all / 2);
}

TEST(TwoSidedDescent, LeavesWhatIsMasked) {
  GroupedMatrix matrix = makeMatrix(4, 16, 8, CodeNumbers::integers({4, true}), 15);
  matrix.kept.assign(matrix.weights.size(), 1);
  for (size_t i = 0; i < matrix.kept.size(); i += 2)
    matrix.kept[i] = 0;
  matrix.roundToNearest(/*search=*/true);
  descendTwoSided(matrix, makeHessian(4, 16), makeHessian(16, 17), 3);
  for (int64_t i = 0; i < 4; ++i)
    for (int64_t k = 0; k < 16; k += 2)
      EXPECT_EQ(matrix.valueAt(i, k), 0) << i << " " << k;
}
