// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Rotations told from their maps, against rotations written out in f64; power laws of frequencies.
#include "lib/Recognize/Rotation.h"
#include "lib/Analysis/RopeDescription.h"

#include "llvm/ADT/STLExtras.h"

#include <cmath>
#include <gtest/gtest.h>
#include <numeric>

using namespace retort;

namespace {

using Row = std::vector<double>;

/// What a rotary embedding does to row `t`, from the definition.
struct Rope {
  bool interleaved;
  int64_t size, width, offset = 0;
  double amplitude = 1, base = 10000;
  std::vector<int64_t> permutation = {}; // applied before, empty: none

  double frequency(int64_t p) const { return std::pow(base, -2.0 * double(p) / double(width)); }

  Row operator()(int64_t t, const Row &given) const {
    Row x = given, y;
    for (size_t i = 0; i < permutation.size(); ++i)
      x[i] = given[permutation[i]];
    y = x;
    for (int64_t p = 0; p < width / 2; ++p) {
      int64_t a = offset + (interleaved ? 2 * p : p), b = interleaved ? a + 1 : a + width / 2;
      double c = amplitude * std::cos(double(t) * frequency(p)),
             s = amplitude * std::sin(double(t) * frequency(p));
      y[a] = x[a] * c - x[b] * s;
      y[b] = x[b] * c + x[a] * s;
    }
    return y;
  }

  RowMaps maps(int64_t rows) const {
    RowMaps maps(rows, size);
    for (int64_t t = 0; t < rows; ++t)
      for (int64_t in = 0; in < size; ++in) {
        Row unit(size);
        unit[in] = 1;
        Row image = (*this)(t, unit);
        for (int64_t out = 0; out < size; ++out)
          maps.at(t, out, in) = image[out];
      }
    return maps;
  }
};

/// Tells the rotation, and applies it to a row of numbers.
void expectTold(const Rope &rope, bool interleaved) {
  Refusal why;
  std::optional<Rotation> rotation = tellRotation(rope.maps(5), why);
  ASSERT_TRUE(rotation) << why.reason;
  EXPECT_EQ(rotation->interleaved, interleaved);
  EXPECT_EQ(rotation->width, rope.width);
  Row x(rope.size);
  std::iota(x.begin(), x.end(), 1);
  for (int64_t t = 0; t < 5; ++t) {
    Row expected = rope(t, x), y = rotate(*rotation, t, x);
    for (int64_t i = 0; i < rope.size; ++i)
      EXPECT_DOUBLE_EQ(y[i], expected[i]) << "row " << t << ", coordinate " << i;
    for (int64_t p = 0; p < rope.width / 2; ++p) {
      double c = rotation->cos[t * rope.width / 2 + p], s = rotation->sin[t * rope.width / 2 + p];
      EXPECT_NEAR(std::hypot(c, s), rope.amplitude, 1e-12);
      EXPECT_NEAR(c, rope.amplitude * std::cos(double(t) * rope.frequency(p)), 1e-12);
    }
  }
}

TEST(Rotation, Halves) { expectTold({false, 8, 8}, false); }
TEST(Rotation, Interleaved) { expectTold({true, 8, 8}, true); }
TEST(Rotation, PartOfTheCoordinates) {
  expectTold({false, 12, 8}, false);
  expectTold({true, 12, 8}, true);
}
TEST(Rotation, BehindOthers) { expectTold({false, 12, 8, /*offset=*/4}, false); }
TEST(Rotation, WithAFactor) { expectTold({false, 8, 8, 0, /*amplitude=*/1.25}, false); }
TEST(Rotation, OfOnePair) { expectTold({false, 2, 2}, false); }

TEST(Rotation, Permuted) {
  Rope rope{false, 6, 6};
  rope.permutation = {0, 2, 4, 1, 3, 5};
  expectTold(rope, false);
  Refusal why;
  std::optional<Rotation> rotation = tellRotation(rope.maps(3), why);
  ASSERT_TRUE(rotation);
  EXPECT_EQ(rotation->inputOrder, rope.permutation);
  EXPECT_FALSE(rotation->keepsInputOrder());
  EXPECT_TRUE(rotation->keepsOutputOrder());
}

/// The slowest pairs of some models have the frequency 0.
TEST(Rotation, PairsThatNeverTurn) {
  RowMaps maps = Rope{false, 8, 8}.maps(4);
  for (int64_t t = 0; t < 4; ++t)
    for (int64_t a : {2, 3}) {
      maps.at(t, a, a) = maps.at(t, a + 4, a + 4) = 1;
      maps.at(t, a, a + 4) = maps.at(t, a + 4, a) = 0;
    }
  Refusal why;
  std::optional<Rotation> rotation = tellRotation(maps, why);
  ASSERT_TRUE(rotation) << why.reason;
  EXPECT_EQ(rotation->width, 8);
  EXPECT_EQ(rotation->sin[3 * 4 + 2], 0);
}

std::string refusal(const RowMaps &maps) {
  Refusal why;
  EXPECT_FALSE(tellRotation(maps, why));
  return why.reason;
}

TEST(Rotation, RefusesWhatIsNone) {
  RowMaps maps = Rope{false, 4, 4}.maps(3);
  maps.at(2, 0, 1) = 0.5;
  EXPECT_EQ(refusal(maps), "coordinates are not mixed in pairs");
  maps = Rope{false, 4, 4}.maps(3);
  maps.at(2, 0, 2) *= -1;
  EXPECT_EQ(refusal(maps), "a pair of coordinates is not turned");
  maps = Rope{false, 6, 4}.maps(3);
  maps.at(1, 5, 5) = 0.5;
  EXPECT_EQ(refusal(maps), "a coordinate is scaled without being turned");
  maps = Rope{false, 4, 4}.maps(3);
  maps.at(0, 1, 3) = 0.25;
  EXPECT_EQ(refusal(maps), "the first row turns");
  EXPECT_EQ(refusal(RowMaps(1, 4)), "there is nothing to compare");
  // The same map at every row mixes nothing.
  maps = RowMaps(3, 4);
  for (int64_t t = 0; t < 3; ++t)
    for (int64_t i = 0; i < 4; ++i)
      maps.at(t, i, i) = 1;
  EXPECT_EQ(refusal(maps), "coordinates are not mixed in pairs");
}

Row frequenciesOf(int64_t count, double first, double base) {
  Row frequencies;
  for (int64_t k = 0; k < count; ++k)
    frequencies.push_back(float(first * std::pow(base, -double(k) / double(count))));
  return frequencies;
}

TEST(PowerLaw, IsFoundWithItsFactor) {
  std::optional<PowerLaw> law = fitPowerLaw(frequenciesOf(64, 1, 500000));
  ASSERT_TRUE(law);
  EXPECT_EQ(law->base, 500000);
  EXPECT_EQ(law->first, 1);
  law = fitPowerLaw(frequenciesOf(8, 0.25, 10000));
  ASSERT_TRUE(law);
  EXPECT_EQ(law->base, 10000);
  EXPECT_EQ(1 / law->first, 4);
}

TEST(PowerLaw, IsNotFoundWhereItBends) {
  Row frequencies = frequenciesOf(8, 1, 10000);
  frequencies.back() /= 2;
  EXPECT_FALSE(fitPowerLaw(frequencies));
  EXPECT_FALSE(fitPowerLaw({1.0}));
  EXPECT_FALSE(fitPowerLaw({1.0, 0.5, 0.0}));
}

} // namespace
