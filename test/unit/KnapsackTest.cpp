// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Choices within a budget against all choices there are.
#include "lib/Compress/Allocate/Knapsack.h"

#include "gtest/gtest.h"

#include <limits>
#include <random>

using namespace retort;

namespace {
double leastPrice(llvm::ArrayRef<KnapsackItem> items, int64_t budget) {
  if (items.empty())
    return budget >= 0 ? 0 : std::numeric_limits<double>::infinity();
  double least = std::numeric_limits<double>::infinity();
  for (const KnapsackOption &option : items.front())
    least = std::min(least, option.price + leastPrice(items.drop_front(), budget - option.bytes));
  return least;
}

std::vector<KnapsackItem> randomItems(std::mt19937 &engine, int64_t unit) {
  std::uniform_int_distribution<int64_t> count(1, 5), bytes(1, 40);
  std::uniform_real_distribution<double> price(0, 1);
  std::vector<KnapsackItem> items(count(engine) + 1);
  for (KnapsackItem &item : items)
    for (int64_t k = count(engine); k > 0; --k)
      item.push_back({unit * bytes(engine), price(engine)});
  return items;
}

void expectConsistent(const KnapsackChoice &choice, llvm::ArrayRef<KnapsackItem> items,
                      int64_t budget) {
  ASSERT_EQ(choice.picks.size(), items.size());
  int64_t bytes = 0;
  double price = 0;
  for (size_t i = 0; i < items.size(); ++i) {
    bytes += items[i][choice.picks[i]].bytes;
    price += items[i][choice.picks[i]].price;
  }
  EXPECT_EQ(choice.bytes, bytes);
  EXPECT_DOUBLE_EQ(choice.price, price);
  EXPECT_LE(bytes, budget);
}
} // namespace

TEST(Knapsack, IsTheBestOfAllChoices) {
  std::mt19937 engine(1);
  for (int round = 0; round < 300; ++round) {
    std::vector<KnapsackItem> items = randomItems(engine, round % 3 ? 7 : 1);
    int64_t budget = leastBytes(items) + int64_t(engine() % 150);
    auto choice = chooseOptions(items, budget);
    ASSERT_TRUE(choice.has_value());
    expectConsistent(*choice, items, budget);
    EXPECT_NEAR(choice->price, leastPrice(items, budget), 1e-12);
    EXPECT_EQ(choice->bound, choice->price);
  }
}

TEST(Knapsack, BoundHoldsWhereItIsNotExact) {
  std::mt19937 engine(2);
  for (int round = 0; round < 300; ++round) {
    std::vector<KnapsackItem> items = randomItems(engine, 1);
    int64_t budget = leastBytes(items) + int64_t(engine() % 150);
    auto choice = chooseOptions(items, budget, /*mostCells=*/0);
    ASSERT_TRUE(choice.has_value());
    expectConsistent(*choice, items, budget);
    double least = leastPrice(items, budget);
    EXPECT_GE(choice->price, least - 1e-12);
    EXPECT_LE(choice->bound, least + 1e-12);
  }
}

TEST(Knapsack, BudgetBelowTheSmallestHasNoChoice) {
  std::vector<KnapsackItem> items{{{10, 1}, {12, .5}}, {{4, 1}}};
  EXPECT_EQ(leastBytes(items), 14);
  EXPECT_FALSE(chooseOptions(items, 13).has_value());
  EXPECT_TRUE(chooseOptions(items, 14).has_value());
}

TEST(Knapsack, OptionsThatAreWorseAndLargerAreNotTaken) {
  std::vector<KnapsackItem> items{{{10, 1}, {20, 2}, {15, .5}, {15, .75}}};
  EXPECT_EQ(chooseOptions(items, 100)->picks, std::vector<size_t>{2});
  EXPECT_EQ(chooseOptions(items, 100, 0)->picks, std::vector<size_t>{2});
}
