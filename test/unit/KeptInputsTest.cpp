// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Channels that stay, and their fit, against naive references in f64.
#include "lib/Compress/PruneStructured/KeptInputs.h"
#include "lib/Compress/PruneStructured/UnitAxis.h"
#include "test/unit/HessianFixture.h"
#include "test/unit/RandomNumbers.h"

#include "gtest/gtest.h"

using namespace retort;

namespace {
constexpr int64_t inputs = 12, outputs = 5;
constexpr double damping = .001;

/// Inputs that are a unit each.
std::vector<int64_t> chooseInputs(const std::vector<float> &weights, const Hessian &hessian,
                                  int64_t count) {
  UnitAxis units{0, runsOfUnits(hessian.size, 1)};
  std::vector<double> diagonal;
  for (int64_t j = 0; j < hessian.size; ++j)
    diagonal.push_back(hessian.at(j, j));
  std::vector<double> scores = scoreUnits(weights, diagonal, units.units, hessian.size);
  return units.kept(chooseUnits(scores, 1, count));
}

/// W C[:, S] C[S, S]^-1 by an explicit inverse.
Matrix fittedNaively(const std::vector<float> &weights, const Hessian &hessian,
                     const std::vector<int64_t> &kept) {
  double added = damping * hessian.meanDiagonal();
  auto at = [&](int64_t i, int64_t j) { return hessian.at(i, j) + (i == j ? added : 0); };
  Matrix part(kept.size(), std::vector<double>(kept.size()));
  for (size_t a = 0; a < kept.size(); ++a)
    for (size_t b = 0; b < kept.size(); ++b)
      part[a][b] = at(kept[a], kept[b]);
  Matrix inverted = inverse(part), result(outputs, std::vector<double>(kept.size()));
  for (int64_t i = 0; i < outputs; ++i)
    for (size_t a = 0; a < kept.size(); ++a)
      for (size_t b = 0; b < kept.size(); ++b)
        for (int64_t j = 0; j < inputs; ++j)
          result[i][a] += double(weights[i * inputs + j]) * at(j, kept[b]) * inverted[b][a];
  return result;
}
} // namespace

TEST(KeptInputs, FitIsTheLeastSquaresOfANaiveSolve) {
  Hessian hessian = makeHessian(inputs, 3);
  std::vector<float> weights = normals(outputs * inputs, 7);
  std::vector<int64_t> kept = chooseInputs(weights, hessian, 7);
  auto fit = fitToKept(weights, hessian, kept, damping);
  ASSERT_TRUE(fit);
  Matrix expected = fittedNaively(weights, hessian, kept);
  for (int64_t i = 0; i < outputs; ++i)
    for (size_t a = 0; a < kept.size(); ++a)
      EXPECT_NEAR((*fit)[i * kept.size() + a], expected[i][a],
                  1e-6 * (1 + std::abs(expected[i][a])));
}

TEST(KeptInputs, KeepsThoseWithTheLargestShareOfTheOutputs) {
  Hessian hessian = hessianOf(3, {4, 0, 0, 0, 1, 0, 0, 0, 9});
  EXPECT_EQ(chooseInputs({1, 3, .5, 0, 0, 0}, hessian, 2), (std::vector<int64_t>{0, 1}));
  EXPECT_EQ(keepInputs({1, 3, .5, 4, 5, 6}, 3, {0, 2}), (std::vector<float>{1, .5, 4, 6}));
}

TEST(KeptInputs, FitIsNeverFartherThanRemovalAlone) {
  Hessian hessian = makeHessian(inputs, 5);
  std::vector<float> weights = normals(outputs * inputs, 7);
  for (int64_t count = 1; count < inputs; ++count) {
    std::vector<int64_t> kept = chooseInputs(weights, hessian, count);
    auto fit = fitToKept(weights, hessian, kept, 1e-6);
    ASSERT_TRUE(fit);
    EXPECT_LE(errorOfKept(weights, *fit, kept, hessian),
              errorOfKept(weights, keepInputs(weights, inputs, kept), kept, hessian) * (1 + 1e-5));
  }
}

TEST(KeptInputs, InputsThatAreTheSameTakeOverFromOneAnother) {
  Hessian hessian = hessianOf(2, {1, 1, 1, 1});
  auto fit = fitToKept({2, 3}, hessian, {1}, 1e-9);
  ASSERT_TRUE(fit);
  EXPECT_NEAR((*fit)[0], 5, 1e-5);
}

TEST(KeptInputs, NothingIsFittedToInputsThatAreNever) {
  Hessian hessian = hessianOf(2, {0, 0, 0, 0});
  EXPECT_FALSE(fitToKept({1, 2}, hessian, {0}, .001));
}

TEST(KeptInputs, UnitsHaveTheSumOfTheirInputsAndEachPartKeepsAsMany) {
  EXPECT_EQ(scoreUnits({1, 2, 3, 1, 1, 0, 0, 2}, {1, 2, 3, 4}, {1, 1, 0, -1}, 2),
            (std::vector<double>{27, 2 + 8}));
  EXPECT_EQ(chooseUnits({5, 6, 1, 7, 9, 8}, 2, 1), (std::vector<char>{0, 1, 0, 0, 1, 0}));
  EXPECT_EQ(chooseUnits({5, 5, 5}, 1, 2), (std::vector<char>{1, 1, 0}));
}
