// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Units that go one after another against least squares that are solved anew for each.
#include "lib/Compress/PruneStructured/UnitResiduals.h"
#include "test/unit/HessianFixture.h"
#include "test/unit/RandomNumbers.h"

#include "gtest/gtest.h"

using namespace retort;

namespace {
constexpr int64_t outputs = 4;
constexpr double damping = .001;

/// tr(E C E') of the least squares on the inputs S: tr(W C W') - tr(W C[:, S] C[S, S]^-1 C[S, :]
/// W').
double residualOf(const std::vector<float> &weights, const Hessian &hessian,
                  const std::vector<int64_t> &kept) {
  int64_t inputs = hessian.size;
  double added = damping * hessian.meanDiagonal(), sum = 0;
  auto at = [&](int64_t i, int64_t j) { return hessian.at(i, j) + (i == j ? added : 0); };
  Matrix part(kept.size(), std::vector<double>(kept.size()));
  for (size_t a = 0; a < kept.size(); ++a)
    for (size_t b = 0; b < kept.size(); ++b)
      part[a][b] = at(kept[a], kept[b]);
  Matrix inverted = inverse(part);
  for (int64_t o = 0; o < outputs; ++o) {
    const float *w = weights.data() + o * inputs;
    std::vector<double> projected(kept.size());
    for (int64_t i = 0; i < inputs; ++i) {
      for (int64_t j = 0; j < inputs; ++j)
        sum += double(w[i]) * at(i, j) * w[j];
      for (size_t a = 0; a < kept.size(); ++a)
        projected[a] += w[i] * at(i, kept[a]);
    }
    for (size_t a = 0; a < kept.size(); ++a)
      for (size_t b = 0; b < kept.size(); ++b)
        sum -= projected[a] * inverted[a][b] * projected[b];
  }
  return sum;
}

std::vector<int64_t> placesOf(const std::vector<int32_t> &units, const std::vector<char> &stays) {
  std::vector<int64_t> places;
  for (size_t j = 0; j < units.size(); ++j)
    if (units[j] < 0 || stays[units[j]])
      places.push_back(int64_t(j));
  return places;
}

std::vector<char> chosenNaively(const std::vector<float> &weights, const Hessian &hessian,
                                const std::vector<int32_t> &units, int64_t count, int64_t parts,
                                int64_t keep) {
  std::vector<char> stays(count, 1);
  for (int64_t step = 0; step < count - parts * keep; ++step) {
    int64_t best = -1;
    double least = 0;
    for (int64_t unit = 0; unit < count; ++unit) {
      int64_t each = count / parts, part = unit / each;
      if (!stays[unit] ||
          std::count(stays.begin() + part * each, stays.begin() + (part + 1) * each, 1) <= keep)
        continue;
      stays[unit] = 0;
      double residual = residualOf(weights, hessian, placesOf(units, stays));
      stays[unit] = 1;
      if (best < 0 || residual < least)
        best = unit, least = residual;
    }
    stays[best] = 0;
  }
  return stays;
}
} // namespace

TEST(UnitResiduals, ChannelsGoAsByNaiveLeastSquares) {
  Hessian hessian = makeHessian(12, 3);
  std::vector<float> weights = normals(outputs * 12, 7);
  std::vector<int32_t> units{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
  auto found = chooseByResidual(weights, hessian, units, 12, 1, 5, damping);
  ASSERT_TRUE(found);
  EXPECT_EQ(*found, chosenNaively(weights, hessian, units, 12, 1, 5));
}

TEST(UnitResiduals, HeadsGoWhole) {
  Hessian hessian = makeHessian(12, 4);
  std::vector<float> weights = normals(outputs * 12, 7);
  std::vector<int32_t> units{0, 0, 1, 1, 2, 2, 3, 3, 4, 4, -1, -1};
  auto found = chooseByResidual(weights, hessian, units, 5, 1, 2, damping);
  ASSERT_TRUE(found);
  EXPECT_EQ(*found, chosenNaively(weights, hessian, units, 5, 1, 2));
}

TEST(UnitResiduals, EachGroupKeepsAsManyHeads) {
  Hessian hessian = makeHessian(12, 5);
  std::vector<float> weights = normals(outputs * 12, 7);
  std::vector<int32_t> units{0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5};
  auto found = chooseByResidual(weights, hessian, units, 6, 2, 1, damping);
  ASSERT_TRUE(found);
  EXPECT_EQ(*found, chosenNaively(weights, hessian, units, 6, 2, 1));
  EXPECT_EQ((*found)[0] + (*found)[1] + (*found)[2], 1);
}

TEST(UnitResiduals, NothingIsChosenOfInputsThatAreNever) {
  Hessian hessian{2, ScratchArray<float>(4)};
  EXPECT_FALSE(chooseByResidual({1, 2}, hessian, {0, 1}, 2, 1, 1, .001));
}
