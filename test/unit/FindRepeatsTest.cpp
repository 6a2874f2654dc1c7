// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Repeats in sequences, against a search of all of them.
#include "lib/Codegen/FindRepeats.h"

#include "llvm/ADT/SmallVector.h"
#include <gtest/gtest.h>
#include <random>

using namespace retort;
using Symbols = llvm::SmallVector<uint64_t>;

/// The most symbols that any repeats save.
static size_t mostSaved(const Symbols &symbols) {
  size_t best = 0;
  for (size_t period = 8; period < symbols.size(); ++period) {
    size_t length = 0;
    for (size_t i = 0; i + period < symbols.size(); ++i) {
      length = symbols[i] == symbols[i + period] ? length + 1 : 0;
      best = std::max(best, length / period * period);
    }
  }
  return best;
}

static std::optional<Repeats> repeatsIn(const Symbols &symbols, size_t least = 1) {
  return findRepeats(symbols, llvm::SmallVector<int64_t>(symbols.size(), 0), least);
}

static void addLayers(Symbols &symbols, size_t layers, size_t length) {
  for (size_t layer = 0; layer < layers; ++layer)
    for (size_t i = 0; i < length; ++i)
      symbols.push_back(1000 + i % 7 * i);
}

TEST(FindRepeats, saves_as_much_as_the_best_of_all) {
  std::mt19937 random(1);
  for (size_t layers = 2; layers < 8; ++layers)
    for (size_t length : {9, 17, 40}) {
      Symbols symbols;
      for (size_t i = 0; i < random() % 20; ++i)
        symbols.push_back(random());
      addLayers(symbols, layers, length);
      for (size_t i = 0; i < random() % 20; ++i)
        symbols.push_back(random());
      auto found = repeatsIn(symbols);
      ASSERT_TRUE(found);
      EXPECT_EQ(found->saved(), mostSaved(symbols)) << layers << " x " << length;
      for (size_t i = 0; i + found->period < found->period * found->count; ++i)
        EXPECT_EQ(symbols[found->begin + i], symbols[found->begin + i + found->period]);
    }
}

TEST(FindRepeats, begins_where_it_costs_least) {
  Symbols symbols{5};
  addLayers(symbols, 3, 10);
  symbols.append(symbols.begin() + 1, symbols.begin() + 6); // half a layer more
  llvm::SmallVector<int64_t> cost(symbols.size(), 9);
  cost[4] = cost[5] = 2;
  auto found = findRepeats(symbols, cost, 1);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->begin, 4u);
  EXPECT_EQ(found->count, 3u);
}

TEST(FindRepeats, leaves_what_saves_too_little) {
  Symbols symbols;
  addLayers(symbols, 2, 10);
  EXPECT_TRUE(repeatsIn(symbols, 10));
  EXPECT_FALSE(repeatsIn(symbols, 11));
  EXPECT_FALSE(repeatsIn({}));
  EXPECT_FALSE(repeatsIn({1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}));
}
