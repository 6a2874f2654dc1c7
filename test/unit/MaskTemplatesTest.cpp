// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Rules for masks against masks that are made by their definition.
#include "lib/Recognize/MaskTemplates.h"

#include <gtest/gtest.h>

#include <functional>
#include <random>

using namespace retort;

namespace {
/// Whether the row at `position` sees `column`, which holds a token or not.
using Sees = std::function<bool(int64_t position, int64_t column, bool isToken)>;

SampledMask masked(int64_t batch, int64_t rows, int64_t columns, const std::vector<bool> &tokens,
                   const Sees &sees) {
  SampledMask mask;
  mask.batch = batch, mask.rows = rows, mask.columns = columns, mask.tokens = tokens;
  for (int64_t b = 0; b < batch; ++b)
    for (int64_t i = 0; i < rows; ++i)
      for (int64_t j = 0; j < columns; ++j)
        mask.visible.push_back(sees(columns - rows + i, j, tokens[b * columns + j]));
  return mask;
}

/// Square and with a past, with random padding.
std::vector<SampledMask> samplesOf(const Sees &sees) {
  std::mt19937 random(7);
  std::vector<SampledMask> samples;
  for (auto [rows, columns] : {std::pair(5, 5), {9, 9}, {3, 8}, {17, 17}, {1, 12}}) {
    std::vector<bool> all(2 * columns, true), some;
    for (int64_t i = 0; i < 2 * columns; ++i)
      some.push_back(random() % 4 != 0);
    samples.push_back(masked(2, rows, columns, all, sees));
    samples.push_back(masked(2, rows, columns, some, sees));
  }
  return samples;
}
} // namespace

TEST(MaskTemplates, NothingIsHidden) {
  auto rule = findMaskRule(samplesOf([](int64_t, int64_t, bool) { return true; }), {});
  ASSERT_TRUE(rule);
  EXPECT_FALSE(rule->causal || rule->padding || rule->left || rule->right);
}

TEST(MaskTemplates, CausalWithAndWithoutPadding) {
  auto causal = findMaskRule(samplesOf([](int64_t p, int64_t j, bool) { return j <= p; }), {8});
  ASSERT_TRUE(causal);
  EXPECT_TRUE(causal->causal);
  EXPECT_FALSE(causal->padding || causal->left);
  auto padded = findMaskRule(
      samplesOf([](int64_t p, int64_t j, bool token) { return j <= p && token; }), {8});
  ASSERT_TRUE(padded);
  EXPECT_TRUE(padded->causal && padded->padding);
}

TEST(MaskTemplates, WindowsCountTheirOwnColumnOrNot) {
  for (int64_t left : {7, 8}) {
    auto rule = findMaskRule(
        samplesOf([&](int64_t p, int64_t j, bool) { return j <= p && p - j <= left; }), {8});
    ASSERT_TRUE(rule) << left;
    EXPECT_TRUE(rule->causal);
    EXPECT_EQ(rule->left, left);
  }
}

TEST(MaskTemplates, WindowsToBothSides) {
  auto rule = findMaskRule(
      samplesOf([](int64_t p, int64_t j, bool) { return p - j <= 4 && j - p <= 4; }), {8});
  ASSERT_TRUE(rule);
  EXPECT_FALSE(rule->causal);
  EXPECT_EQ(rule->left, 4);
  EXPECT_EQ(rule->right, 4);
}

TEST(MaskTemplates, AWindowLooksCausalWhereItIsNotReached) {
  auto sees = [](int64_t p, int64_t j, bool) { return j <= p && p - j < 64; };
  auto small = findMaskRule(masked(1, 9, 9, std::vector<bool>(9, true), sees), {64});
  ASSERT_TRUE(small);
  EXPECT_FALSE(small->left);
  auto large = findMaskRule(masked(1, 65, 65, std::vector<bool>(65, true), sees), {64});
  ASSERT_TRUE(large);
  EXPECT_EQ(large->left, 63);
}

TEST(MaskTemplates, WhatFollowsNoRuleHasNone) {
  EXPECT_FALSE(
      findMaskRule(samplesOf([](int64_t p, int64_t j, bool) { return j <= p || j < 3; }), {3, 8}));
  EXPECT_FALSE(findMaskRule(samplesOf([](int64_t p, int64_t j, bool) { return j < p; }), {8}));
}

TEST(MaskTemplates, RulesSeeWhatTheyFind) {
  MaskRule rule;
  rule.causal = true, rule.left = 2;
  for (int64_t p = 0; p < 9; ++p)
    for (int64_t j = 0; j < 9; ++j)
      EXPECT_EQ(rule.sees(p, j), j <= p && p - j <= 2);
}

TEST(MaskTemplates, HiddenRowsOfOneKind) {
  std::vector<SampledMask> samples(3);
  EXPECT_EQ(commonHiddenRows(samples), HiddenRows::None);
  samples[1].hiddenRows = HiddenRows::Mean;
  EXPECT_EQ(commonHiddenRows(samples), HiddenRows::Mean);
  samples[2].hiddenRows = HiddenRows::Zero;
  EXPECT_EQ(commonHiddenRows(samples), HiddenRows::Other);
}
