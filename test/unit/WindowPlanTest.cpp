// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Windows follow from seed, step and place alone, and never reach what is held out.
#include "lib/Trainer/WindowPlan.h"
#include "test/unit/TrainerFixture.h"

#include <gtest/gtest.h>
#include <set>

using namespace retort;

namespace {
TrainingOptions optionsOf(int64_t context, const char *heldOut = "0.05", int64_t seed = 7) {
  TrainingOptions options;
  options.context = context;
  options.heldOut = heldOut;
  options.seed = seed;
  return options;
}

std::string errorOf(const TokenSource &data, const TokenSource *other,
                    const TrainingOptions &options) {
  auto plan = WindowPlan::create(data, other, options);
  return plan ? "" : toString(plan.takeError());
}
} // namespace

TEST(WindowPlan, NeverReadsWhatIsHeldOut) {
  CountedTokens data(1000);
  auto plan = WindowPlan::create(data, nullptr, optionsOf(16));
  ASSERT_TRUE(bool(plan));
  EXPECT_EQ(plan->trained(), 950);
  std::set<int64_t> begins;
  for (int64_t step = 0; step < 2000; ++step)
    for (int64_t place = 0; place < 8; ++place) {
      TokenWindow window = plan->window(step, place);
      EXPECT_LT(window.tokens.back(), 950);
      begins.insert(window.tokens.front());
    }
  EXPECT_EQ(begins.size(), 950u - 16 + 1) << "each window has its turn";
  EXPECT_EQ(*begins.begin(), 0);
  ASSERT_EQ(plan->heldOut().size(), 3u);
  EXPECT_EQ(plan->heldOut()[0].tokens.front(), 950);
  EXPECT_EQ(plan->heldOut()[2].tokens.front(), 982);
}

TEST(WindowPlan, FollowsFromSeedStepAndPlace) {
  CountedTokens data(100000);
  auto plan = WindowPlan::create(data, nullptr, optionsOf(16)),
       same = WindowPlan::create(data, nullptr, optionsOf(16)),
       other = WindowPlan::create(data, nullptr, optionsOf(16, "0.05", 8));
  ASSERT_TRUE(plan && same && other);
  // Asked in another order, and of another plan.
  int64_t later = plan->firstOf(17, 3);
  EXPECT_EQ(same->firstOf(17, 3), later);
  EXPECT_EQ(plan->firstOf(17, 3), later);
  EXPECT_NE(other->firstOf(17, 3), later);
  EXPECT_NE(plan->firstOf(3, 17), later);
  EXPECT_NE(plan->firstOf(17, 4), later);
  EXPECT_NE(plan->firstOf(18, 3), later);
}

/// Each tenth of the data is the begin of a tenth of the windows.
TEST(WindowPlan, SpreadsWindowsEvenly) {
  CountedTokens data(100015);
  CountedTokens held(100, 5000000);
  auto plan = WindowPlan::create(data, &held, optionsOf(16));
  ASSERT_TRUE(bool(plan));
  std::vector<int> counts(10);
  for (int64_t step = 0; step < 1000; ++step)
    for (int64_t place = 0; place < 10; ++place)
      ++counts[size_t(plan->firstOf(step, place) / 10000)];
  for (int count : counts)
    EXPECT_NEAR(count, 1000, 150); // five standard deviations
}

TEST(WindowPlan, PredictsEachTokenButTheFirst) {
  CountedTokens data(100);
  TokenWindow window = windowAt(data, 5, 4);
  EXPECT_EQ(window.tokens, (std::vector<int64_t>{5, 6, 7, 8}));
  EXPECT_EQ(window.weights, (std::vector<float>{1, 1, 1, 0}));
}

TEST(WindowPlan, MeasuresOnAnotherFile) {
  CountedTokens data(100), held(100000, 5000000);
  auto plan = WindowPlan::create(data, &held, optionsOf(10));
  ASSERT_TRUE(bool(plan));
  EXPECT_EQ(plan->trained(), 100);
  EXPECT_EQ(plan->heldOut().front().tokens.front(), 5000000);
}

TEST(WindowPlan, MeasuresInATenthOfTheTime) {
  CountedTokens data(100), held(100000, 5000000);
  TrainingOptions options = optionsOf(10);
  for (auto [steps, expected] : {std::pair(8, 16u), {200, 25u}, {1000, 64u}}) {
    options.steps = steps;
    auto plan = WindowPlan::create(data, &held, options);
    ASSERT_TRUE(bool(plan));
    EXPECT_EQ(plan->heldOut().size(), expected);
  }
}

TEST(WindowPlan, HoldsOutAWholeWindow) {
  CountedTokens data(100);
  auto plan = WindowPlan::create(data, nullptr, optionsOf(50));
  ASSERT_TRUE(bool(plan));
  EXPECT_EQ(plan->trained(), 50);
  EXPECT_EQ(plan->heldOut().size(), 1u);
}

TEST(WindowPlan, SaysWhatIsTooShort) {
  CountedTokens data(99), held(49, 1000);
  EXPECT_EQ(errorOf(data, nullptr, optionsOf(50)),
            "'counted.tokens' has 99 tokens: expects at least 100, two windows of 'context' (50) "
            "tokens, one to train on and one that is held out");
  EXPECT_EQ(errorOf(data, &held, optionsOf(50)),
            "'counted.tokens' has 49 tokens: expects at least 50, a window of 'context' (50) "
            "tokens");
  EXPECT_EQ(errorOf(data, &held, optionsOf(100)),
            "'counted.tokens' has 99 tokens: expects at least 100, a window of 'context' (100) "
            "tokens");
  EXPECT_EQ(errorOf(data, nullptr, optionsOf(40, "0.7")),
            "'held-out' (0.7) leaves 30 of the 99 tokens of 'counted.tokens': expects at least 40, "
            "a window of 'context' tokens");
  EXPECT_EQ(errorOf(data, &data, optionsOf(10)),
            "expects 'held-out' tokens that are not trained on, found those of 'data'");
}

TEST(WindowPlan, CutsWindowsAtTheirBorders) {
  CountedTokens data(20 * 32, 0, 32);
  auto plan = WindowPlan::create(data, nullptr, optionsOf(16, "0.07"));
  ASSERT_TRUE(bool(plan));
  EXPECT_EQ(plan->trained(), 18 * 32);
  EXPECT_EQ(plan->heldOut().size(), 4u);
  std::set<int64_t> begins;
  for (int64_t step = 0; step < 1000; ++step)
    begins.insert(plan->firstOf(step, 0));
  EXPECT_EQ(begins.size(), 36u);
  for (int64_t begin : begins)
    EXPECT_EQ(begin % 16, 0);
  EXPECT_EQ(errorOf(data, nullptr, optionsOf(24)),
            "'counted.tokens' has windows of 32 tokens: expects a 'context' that divides them, "
            "found 24");
}

namespace {
/// Of which none is to be predicted.
class Prompt : public CountedTokens {
public:
  using CountedTokens::CountedTokens;
  std::vector<float> rowWeights(int64_t, int64_t count) const override {
    return std::vector<float>(size_t(count), 0);
  }
};
} // namespace

TEST(WindowPlan, MeasuresOnTokensThatCount) {
  CountedTokens data(100);
  Prompt held(100, 1000);
  EXPECT_EQ(errorOf(data, &held, optionsOf(10)),
            "expects held-out tokens that count, found none in 'counted.tokens'");
}
