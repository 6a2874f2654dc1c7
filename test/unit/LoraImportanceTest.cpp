// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How much units matter by the gradients of factors, and how they leave.
#include "lib/Compress/PruneLora/LoraImportance.h"
#include "test/unit/RandomNumbers.h"

#include <cmath>
#include <gtest/gtest.h>

using namespace retort;

/// |d (W + s A B)| element by element, along either axis of a matrix stored in either way.
TEST(LoraImportance, IsThatOfTheFormula) {
  constexpr int64_t inputs = 5, outputs = 4, rank = 2;
  std::vector<float> w = normals(20, 1), a = normals(10, 2), b = normals(8, 3), da = normals(10, 4),
                     db = normals(8, 5);
  for (bool isSwapped : {false, true})
    for (bool ofInputs : {false, true}) {
      UnitAxis units{ofInputs != isSwapped ? 0 : 1, ofInputs ? std::vector<int32_t>{1, 0, -1, 2, 0}
                                                             : std::vector<int32_t>{2, 0, 1, 1}};
      std::vector<double> expected(3);
      for (int64_t k = 0; k < inputs; ++k)
        for (int64_t n = 0; n < outputs; ++n) {
          double d = 0, merged = w[isSwapped ? n * inputs + k : k * outputs + n];
          for (int64_t j = 0; j < rank; ++j) {
            double x = a[k * rank + j], y = b[j * outputs + n], dx = da[k * rank + j],
                   dy = db[j * outputs + n];
            d += x * dy + dx * y - dx * dy;
            merged += 1.5 * x * y;
          }
          if (int32_t unit = units.units[ofInputs ? k : n]; unit >= 0)
            expected[unit] += std::abs(d * merged);
        }
      double norm = std::sqrt(expected[0] * expected[0] + expected[1] * expected[1] +
                              expected[2] * expected[2]);
      std::vector<double> found =
          loraImportance({w, inputs, outputs, rank, isSwapped, 1.5, units}, 3, a, b, da, db);
      for (int unit = 0; unit < 3; ++unit)
        EXPECT_NEAR(found[unit], expected[unit] / norm, 1e-5);
    }
}

TEST(LoraImportance, IsNothingWithoutGradients) {
  std::vector<float> ones(4, 1), zeros(4, 0);
  EXPECT_EQ(loraImportance({ones, 2, 2, 2, false, 1, {0, {0, 1}}}, 2, ones, ones, zeros, zeros),
            (std::vector<double>{0, 0}));
}

TEST(GradualMask, LetsTheLeastLeave) {
  GradualMask mask(8, 4);
  mask.see({8, 1, 7, 2, 6, 3, 5, 4});
  EXPECT_EQ(mask.at(0), std::vector<float>(8, 1));
  // 4 (1 - (1/2)^3) = 3.5, which is 4.
  EXPECT_EQ(mask.at(.25), (std::vector<float>{1, 0, 1, 0, 1, 1, 1, 1}));
  EXPECT_EQ(mask.at(1), (std::vector<float>{1, 0, 1, 0, 1, 0, 1, 0}));
  // A tenth of what is new: 8 * .9 + .1 * 0, and 1 * .9 + .1 * 100.
  mask.see({0, 100, 7, 2, 6, 3, 5, 4});
  EXPECT_EQ(mask.at(1), (std::vector<float>{1, 1, 1, 0, 1, 0, 0, 0}));
}

TEST(GradualMask, ScoresOnesByTheirAverage) {
  GradualMask mask(4, 2);
  mask.see({4, 1, 3, 2});
  EXPECT_EQ(mask.scoresOf({1, 0, 1, 1}), (std::vector<double>{2, 0, 1.75, 1.5}));
}
