// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Ranks by one price against every choice there is.
#include "lib/Compress/FactorizeSvd/ChooseRanks.h"

#include "gtest/gtest.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <random>

using namespace retort;

namespace {
struct Total {
  int64_t elements = 0;
  double loss = 0;
};

Total totalOf(const std::vector<RankChoices> &matrices, const std::vector<int64_t> &ranks) {
  Total total;
  for (size_t i = 0; i < matrices.size(); ++i) {
    total.elements += matrices[i].elementsOf(ranks[i]);
    total.loss += matrices[i].lossOf(ranks[i]);
  }
  return total;
}

/// The least loss of all choices within the budget.
double exhaustive(const std::vector<RankChoices> &matrices, int64_t budget) {
  double least = HUGE_VAL;
  std::function<void(size_t, Total)> visit = [&](size_t i, Total so) {
    if (so.elements > budget)
      return;
    if (i == matrices.size()) {
      least = std::min(least, so.loss);
      return;
    }
    for (int64_t rank = 0; rank <= matrices[i].largestRank(); ++rank)
      visit(i + 1,
            {so.elements + matrices[i].elementsOf(rank), so.loss + matrices[i].lossOf(rank)});
  };
  visit(0, {});
  return least;
}

std::vector<RankChoices> randomMatrices(unsigned seed) {
  std::mt19937 engine(seed);
  std::vector<RankChoices> matrices;
  for (auto [outputs, inputs] :
       {std::pair(6, 6), std::pair(5, 12), std::pair(12, 5), std::pair(8, 8)}) {
    std::vector<double> squares;
    double falls = std::uniform_real_distribution<>(.3, .95)(engine), value = 1;
    for (int i = 0; i < std::min(outputs, inputs); ++i, value *= falls)
      squares.push_back(value * std::uniform_real_distribution<>(.7, 1)(engine));
    std::sort(squares.rbegin(), squares.rend());
    matrices.emplace_back(outputs, inputs, squares);
    matrices.back().importance = std::uniform_real_distribution<>(.2, 2)(engine);
  }
  return matrices;
}

int64_t elementsOf(const std::vector<RankChoices> &matrices) {
  return totalOf(matrices, std::vector<int64_t>(matrices.size())).elements;
}
} // namespace

TEST(RankChoices, LeaveOutRanksThatDoNotShrink) {
  EXPECT_EQ(RankChoices(6, 6, {}).largestRank(), 2);  // 3 takes 36 of 36
  EXPECT_EQ(RankChoices(5, 12, {}).largestRank(), 3); // 51 of 60
  EXPECT_EQ(RankChoices(1, 9, {}).largestRank(), 0);
  EXPECT_EQ(RankChoices(2, 2, {}).largestRank(), 0); // 1 takes 4 of 4
}

TEST(RankChoices, DropWhatIsBehindTheRank) {
  RankChoices matrix(6, 6, {9, 4, 1, .5, .25, .25});
  EXPECT_DOUBLE_EQ(matrix.energy, 15);
  EXPECT_DOUBLE_EQ(matrix.dropped(0), 0); // itself
  EXPECT_DOUBLE_EQ(matrix.dropped(1), 6);
  EXPECT_DOUBLE_EQ(matrix.dropped(2), 2);
  EXPECT_EQ(matrix.cheapest(0), 0);
  EXPECT_EQ(matrix.cheapest(1), 1);
}

TEST(ChooseRanks, KeepsToTheBudget) {
  for (unsigned seed = 0; seed < 50; ++seed)
    for (double ratio : {.4, .6, .8, .95}) {
      auto matrices = randomMatrices(seed);
      auto budget = int64_t(ratio * double(elementsOf(matrices)));
      EXPECT_LE(totalOf(matrices, chooseRanks(matrices, budget)).elements, budget);
    }
}

// No choice of as many elements or fewer loses less at the price alone; with what is left of the
// budget spent, the loss is close to the least that there is, and mostly that.
TEST(ChooseRanks, IsCloseToTheBestOfAllChoices) {
  int cases = 0, best = 0;
  double ours = 0, least = 0;
  for (unsigned seed = 0; seed < 60; ++seed)
    for (double ratio : {.5, .65, .8, .9}) {
      auto matrices = randomMatrices(seed);
      auto budget = int64_t(ratio * double(elementsOf(matrices)));
      double loss = totalOf(matrices, chooseRanks(matrices, budget)).loss,
             bound = exhaustive(matrices, budget);
      EXPECT_GE(loss, bound - 1e-12);
      ++cases;
      best += loss <= bound + 1e-12;
      ours += loss;
      least += bound;
    }
  EXPECT_GE(best, cases / 2);
  EXPECT_LE(ours, 1.1 * least);
}

// Where the price alone meets the budget, nothing is better.
TEST(ChooseRanks, OnePriceIsTheBestForItsElements) {
  for (unsigned seed = 0; seed < 60; ++seed) {
    auto matrices = randomMatrices(seed);
    for (double price : {.002, .005, .01, .02}) {
      std::vector<int64_t> ranks;
      for (auto &matrix : matrices)
        ranks.push_back(matrix.cheapest(price));
      Total priced = totalOf(matrices, ranks);
      EXPECT_NEAR(priced.loss, exhaustive(matrices, priced.elements), 1e-12);
      EXPECT_NEAR(totalOf(matrices, chooseRanks(matrices, priced.elements)).loss, priced.loss,
                  1e-12);
    }
  }
}

TEST(ChooseRanks, TakesTheLeastWhereTheBudgetIsBelow) {
  auto matrices = randomMatrices(1);
  EXPECT_EQ(chooseRanks(matrices, 1), std::vector<int64_t>(matrices.size(), 1));
  EXPECT_EQ(chooseRanks(matrices, -5), std::vector<int64_t>(matrices.size(), 1));
}

TEST(ChooseRanks, LeavesWhatCannotShrink) {
  std::vector<RankChoices> matrices{RankChoices(2, 2, {1, 1}),
                                    RankChoices(6, 6, {1, 1, 1, 1, 1, 1})};
  EXPECT_EQ(chooseRanks(matrices, 30), (std::vector<int64_t>{0, 2}));
}

TEST(ChooseRanks, ZerosCostNothing) {
  std::vector<RankChoices> matrices{RankChoices(6, 6, {0, 0, 0, 0, 0, 0}),
                                    RankChoices(6, 6, {1, 1, 1, 1, 1, 1})};
  EXPECT_EQ(chooseRanks(matrices, 60), (std::vector<int64_t>{1, 0}));
}
