// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Round-to-nearest quantization against a naive reference, and the orderings that must hold.
#include "lib/Weights/RoundToNearest.h"
#include "dialects/Onnx/Weights.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <random>

using namespace retort;
using compress::Groups;

static std::vector<float> randomValues(size_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  std::vector<float> values(count);
  for (float &value : values)
    value = normal(random) * (random() % 50 == 0 ? 8 : 1);
  return values;
}

/// Element by element; the group of each is found by its indices. In f32 as the definition says:
/// the largest magnitude of a symmetric group is a tie.
static std::vector<float> naive(const std::vector<float> &values, Groups groups, UniformCode code) {
  auto groupOf = [&](int64_t i) {
    int64_t column = i % groups.inner, row = i / groups.inner % groups.length,
            outer = i / groups.inner / groups.length;
    return std::array<int64_t, 3>{outer, row / groups.group, column};
  };
  std::map<std::array<int64_t, 3>, std::pair<float, float>> ranges;
  for (size_t i = 0; i < values.size(); ++i) {
    auto &[low, high] = ranges[groupOf(i)];
    low = std::min(low, values[i]);
    high = std::max(high, values[i]);
  }
  std::vector<float> result;
  for (size_t i = 0; i < values.size(); ++i) {
    auto [low, high] = ranges[groupOf(i)];
    float levels = std::ldexp(1.0f, code.bits), scale, zero = 0;
    if (code.symmetric) {
      scale = std::max(-low, high) / (levels / 2 - 0.5f);
    } else {
      scale = (high - low) / (levels - 1);
      zero = std::nearbyint(-low / scale);
    }
    float number = std::nearbyint(values[i] / scale) + zero;
    number = std::clamp(number, code.symmetric ? -levels / 2 : 0.0f,
                        code.symmetric ? levels / 2 - 1 : levels - 1);
    result.push_back((number - zero) * scale);
  }
  return result;
}

/// What the pieces of `step` elements become; checks the packed codes against it.
static std::vector<float> quantize(const std::vector<float> &values, Groups groups,
                                   UniformCode code, int64_t step) {
  RoundToNearest rounding(groups, code);
  for (size_t begin = 0; begin < values.size(); begin += step)
    EXPECT_EQ(rounding.observe(begin, llvm::ArrayRef(values).slice(begin).take_front(step)), -1);
  rounding.fit();
  std::vector<float> result = values;
  std::vector<char> packed((values.size() * code.bits + 7) / 8 + 1);
  for (size_t begin = 0; begin < values.size(); begin += step)
    rounding.encode(begin, llvm::MutableArrayRef(result).slice(begin).take_front(step),
                    packed.data());
  for (size_t i = 0; i < values.size(); ++i) {
    int raw = onnx::loadBits(packed.data(), code.bits, i);
    if (code.symmetric && raw > code.highest())
      raw -= 1 << code.bits;
    UniformScale scale = rounding.scales()[groups.entryOf(i)];
    EXPECT_EQ((raw - scale.zero) * scale.scale, result[i]);
  }
  return result;
}

static double squaredError(const std::vector<float> &a, const std::vector<float> &b) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i)
    sum += (double(a[i]) - b[i]) * (double(a[i]) - b[i]);
  return sum;
}

TEST(RoundToNearest, AgreesWithTheFormulas) {
  unsigned seed = 0;
  for (Groups groups :
       {Groups{1, 64, 24, 32}, Groups{1, 20, 7, 8}, Groups{9, 43, 1, 16}, Groups{3, 10, 4, 10}})
    for (unsigned bits = 2; bits <= 8; ++bits)
      for (bool symmetric : {true, false}) {
        std::vector<float> values = randomValues(groups.size(), ++seed);
        std::vector<float> rounded = quantize(values, groups, {bits, symmetric}, 64);
        EXPECT_EQ(rounded, naive(values, groups, {bits, symmetric})) << bits << " bits";
      }
}

TEST(RoundToNearest, DoesNotDependOnThePieces) {
  Groups groups{2, 33, 5, 8};
  std::vector<float> values = randomValues(groups.size(), 7);
  for (bool symmetric : {true, false})
    EXPECT_EQ(quantize(values, groups, {3, symmetric}, 8),
              quantize(values, groups, {3, symmetric}, 4096));
}

TEST(RoundToNearest, StaysWithinHalfAStep) {
  Groups groups{1, 64, 6, 16};
  std::vector<float> values = randomValues(groups.size(), 3);
  for (unsigned bits = 2; bits <= 8; ++bits)
    for (bool symmetric : {true, false}) {
      RoundToNearest rounding(groups, {bits, symmetric});
      rounding.observe(0, values);
      rounding.fit();
      std::vector<float> rounded = values;
      std::vector<char> packed(values.size());
      rounding.encode(0, rounded, packed.data());
      for (size_t i = 0; i < values.size(); ++i)
        EXPECT_LE(std::abs(rounded[i] - values[i]),
                  (symmetric ? 0.5001f : 1.0001f) * rounding.scales()[groups.entryOf(i)].scale);
    }
}

TEST(RoundToNearest, ScalesOfSmallerGroupsAreNoLarger) {
  Groups large{1, 64, 6, 32}, small{1, 64, 6, 8};
  std::vector<float> values = randomValues(large.size(), 11);
  for (bool symmetric : {true, false}) {
    RoundToNearest wide(large, {4, symmetric}), narrow(small, {4, symmetric});
    wide.observe(0, values);
    narrow.observe(0, values);
    wide.fit();
    narrow.fit();
    for (int64_t i = 0; i < large.size(); ++i)
      EXPECT_LE(narrow.scales()[small.entryOf(i)].scale, wide.scales()[large.entryOf(i)].scale);
  }
}

TEST(RoundToNearest, LosesLessWithMoreBits) {
  Groups groups{1, 64, 24, 32};
  std::vector<float> values = randomValues(groups.size(), 5);
  double before = HUGE_VAL;
  for (unsigned bits = 2; bits <= 8; ++bits) {
    double error = squaredError(values, quantize(values, groups, {bits, true}, 64));
    EXPECT_LT(error, before);
    before = error;
  }
}

TEST(RoundToNearest, KeepsZeros) {
  Groups groups{1, 16, 1, 8};
  std::vector<float> values = randomValues(16, 9);
  std::fill(values.begin(), values.begin() + 8, 0.0f);
  values[11] = 0;
  for (bool symmetric : {true, false}) {
    std::vector<float> rounded = quantize(values, groups, {4, symmetric}, 16);
    for (int i : {0, 1, 2, 3, 4, 5, 6, 7, 11})
      EXPECT_EQ(rounded[i], 0);
  }
}

TEST(RoundToNearest, NamesTheFirstElementThatIsNotFinite) {
  std::vector<float> values = randomValues(64, 2);
  values[37] = NAN;
  values[50] = INFINITY;
  RoundToNearest rounding({1, 8, 8, 4}, {4, true});
  EXPECT_EQ(rounding.observe(0, values), 37);
}

TEST(RoundToNearest, RoundsTheScaleFirst) {
  auto coarse = [](float scale) { return std::ldexp(std::ceil(std::ldexp(scale, 2)), -2); };
  UniformScale scale = fitScale(-1, 2, {4, true}, coarse);
  EXPECT_EQ(scale.scale, 0.5f); // of 0.267
  EXPECT_EQ(fitScale(0, 0, {4, false}, coarse).scale, 1.0f);
}
