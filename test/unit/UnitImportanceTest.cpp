// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How much units matter, against the formulas element by element.
#include "lib/Compress/PruneStructured/UnitImportance.h"
#include "test/unit/RandomNumbers.h"

#include <cmath>
#include <gtest/gtest.h>

using namespace retort;

namespace {
/// 6 x 4, with three units along either axis; some places belong to none.
struct Matrix {
  std::vector<float> w = normals(24, 1), g = normals(24, 2), f = normals(24, 3);
  std::vector<int64_t> shape{6, 4};
  UnitAxis rows{0, {0, 0, 1, -1, 2, 1}}, columns{1, {2, 0, 1, -1}};

  Matrix() {
    for (float &number : f)
      number *= number;
  }
  std::vector<double> scores(Importance importance, const UnitAxis &units) const {
    std::vector<double> result(3, .5); // what other matrices said
    addImportance(result, importance, {shape, units, w, g, f});
    return result;
  }
  /// The sum over a unit of a term.
  template <typename Term> double sum(int unit, const UnitAxis &units, Term term) const {
    double result = 0;
    for (int i = 0; i < 6; ++i)
      for (int k = 0; k < 4; ++k)
        if (units.units[units.axis == 0 ? i : k] == unit)
          result += term(double(w[i * 4 + k]), double(g[i * 4 + k]), double(f[i * 4 + k]));
    return result;
  }
};
} // namespace

TEST(UnitImportance, IsThatOfTheFormulas) {
  Matrix m;
  for (const UnitAxis *units : {&m.rows, &m.columns})
    for (int unit = 0; unit < 3; ++unit) {
      auto expect = [&](Importance importance, double expected) {
        EXPECT_NEAR(m.scores(importance, *units)[unit], .5 + expected, 1e-9);
      };
      expect(Importance::Magnitude,
             m.sum(unit, *units, [](double w, double, double) { return w * w; }));
      expect(Importance::Vector,
             std::abs(m.sum(unit, *units, [](double w, double g, double) { return w * g; })));
      expect(Importance::Element,
             m.sum(unit, *units, [](double w, double g, double) { return std::abs(w * g); }));
      expect(Importance::Second,
             m.sum(unit, *units, [](double w, double, double f) { return w * w * f; }));
      expect(Importance::Mix, m.sum(unit, *units, [](double w, double g, double f) {
        return std::abs(w * g - w * w * f / 2);
      }));
    }
}

TEST(UnitImportance, HasNames) {
  EXPECT_EQ(importanceNamed("vector"), Importance::Vector);
  EXPECT_FALSE(importanceNamed("taylor"));
  EXPECT_FALSE(needsGradients(Importance::Magnitude));
  EXPECT_TRUE(needsGradients(Importance::Mix));
}

TEST(UnitImportance, DrawsTheSameNumbersAgain) {
  std::vector<double> scores = randomScores(1000, 7, "w");
  double sum = 0;
  for (double score : scores) {
    EXPECT_TRUE(score >= 0 && score < 1);
    sum += score;
  }
  EXPECT_NEAR(sum / 1000, .5, .05);
  EXPECT_EQ(scores, randomScores(1000, 7, "w"));
  EXPECT_NE(scores, randomScores(1000, 8, "w"));
  EXPECT_NE(scores, randomScores(1000, 7, "v"));
}
