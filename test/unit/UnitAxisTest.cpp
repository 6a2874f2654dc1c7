// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Units behind changes of shape against a tensor whose elements say their unit.
#include "lib/Compress/PruneStructured/UnitAxis.h"

#include "gtest/gtest.h"

using namespace retort;

namespace {
using Shape = std::vector<int64_t>;

/// The unit of each element of a tensor.
std::vector<int32_t> elements(const Shape &shape, const UnitAxis &units) {
  int64_t behind = 1, count = 1;
  for (size_t i = 0; i < shape.size(); ++i) {
    count *= shape[i];
    behind *= int64_t(i) > units.axis ? shape[i] : 1;
  }
  std::vector<int32_t> result;
  for (int64_t i = 0; i < count; ++i)
    result.push_back(units.units[i / behind % shape[units.axis]]);
  return result;
}

void expectSame(const Shape &from, const UnitAxis &units, const Shape &to, int64_t axis) {
  auto there = reshapeUnits(from, units, to);
  ASSERT_TRUE(there);
  EXPECT_EQ(there->axis, axis);
  EXPECT_EQ(elements(from, units), elements(to, *there));
}
} // namespace

TEST(UnitAxis, HeadsAndTheirWidthBecomeOneAxisAndBack) {
  UnitAxis heads{2, runsOfUnits(4, 1)};
  expectSame({2, 3, 4, 5}, heads, {2, 3, 20}, 2);
  expectSame({2, 3, 4, 5}, heads, {6, 20}, 1);
  expectSame({2, 3, 20}, {2, runsOfUnits(4, 5)}, {2, 3, 4, 5}, 2);
  expectSame({6, 20}, {1, runsOfUnits(4, 5)}, {2, 3, 4, 5}, 2);
}

TEST(UnitAxis, GroupsOfHeadsAreAxesOrRuns) {
  expectSame({2, 8, 5}, {1, runsOfUnits(4, 2)}, {2, 4, 2, 5}, 1);
  expectSame({2, 4, 2, 5}, {1, runsOfUnits(4, 1)}, {2, 8, 5}, 1);
  expectSame({2, 4, 2, 5}, {1, runsOfUnits(4, 1)}, {2, 40}, 1);
}

TEST(UnitAxis, QueriesKeysAndValuesOfEachHeadAreOneMatrix) {
  expectSame({3, 4, 15}, {1, runsOfUnits(4, 1)}, {3, 60}, 1);
  expectSame({3, 3, 4, 5}, {2, runsOfUnits(4, 1)}, {3, 60}, 1);
  expectSame({3, 60}, {1, reshapeUnits({3, 3, 4, 5}, {2, runsOfUnits(4, 1)}, {3, 60})->units},
             {3, 3, 4, 5}, 2);
}

TEST(UnitAxis, ChannelsThatMixWithAnotherAxisAreRefused) {
  EXPECT_FALSE(reshapeUnits({2, 20}, {1, runsOfUnits(20, 1)}, {2, 4, 5}));
  EXPECT_FALSE(reshapeUnits({2, 4, -1}, {1, runsOfUnits(4, 1)}, {2, -1}));
  EXPECT_FALSE(reshapeUnits({2, 6}, {1, runsOfUnits(3, 2)}, {3, 4}));
}

TEST(UnitAxis, PlacesOfNoUnitStay) {
  UnitAxis axis{0, {-1, 0, 1, 1, -1}};
  EXPECT_EQ(axis.kept({1, 0}), (std::vector<int64_t>{0, 1, 4}));
  EXPECT_EQ(axis.kept({0, 1}), (std::vector<int64_t>{0, 2, 3, 4}));
  EXPECT_EQ(axis.keptBefore(3, {0, 1}), 2);
}

TEST(UnitAxis, WhatIsKnownGrowsAndDoesNotContradict) {
  std::vector<int32_t> known{-1, 0, -1};
  EXPECT_EQ(mergeUnits(known, {-1, 0, 1}), Merge::Changed);
  EXPECT_EQ(known, (std::vector<int32_t>{-1, 0, 1}));
  EXPECT_EQ(mergeUnits(known, {-1, -1, 1}), Merge::Same);
  EXPECT_EQ(mergeUnits(known, {-1, 1, 1}), Merge::Conflict);
}
