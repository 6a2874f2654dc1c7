// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The loop goes down, keeps the best, and comes back from what is not finite.
#include "lib/Trainer/Trainer.h"
#include "test/unit/TrainerFixture.h"

#include <gtest/gtest.h>
#include <thread>

using namespace retort;

namespace {
/// Of a plan on 500 tokens; the test fails on an error.
TrainingResult trainBowl(Bowl &bowl, const TrainingOptions &options, ReportTraining report = {}) {
  CountedTokens data(500);
  auto plan = WindowPlan::create(data, nullptr, options);
  EXPECT_TRUE(bool(plan));
  auto result = trainParameters(bowl, {*plan, options, "", std::move(report)});
  if (result)
    return std::move(*result);
  ADD_FAILURE() << toString(result.takeError());
  return {};
}

std::string errorOf(Bowl &bowl, const TrainingOptions &options) {
  CountedTokens data(500);
  auto plan = WindowPlan::create(data, nullptr, options);
  EXPECT_TRUE(bool(plan));
  auto result = trainParameters(bowl, {*plan, options, "", {}});
  return result ? "" : toString(result.takeError());
}
} // namespace

TEST(Trainer, GoesToTheMiddleOfTheBowl) {
  Bowl bowl;
  TrainingOptions options = bowlOptions();
  options.clip = 0;
  options.steps = 100;
  TrainingResult result = trainBowl(bowl, options);
  ASSERT_EQ(result.values.size(), 2u);
  for (const auto &values : result.values)
    for (float value : values)
      EXPECT_NEAR(value, 1, .1);
  EXPECT_LT(result.best, .01 * result.before);
  EXPECT_EQ(result.steps, 100);
  EXPECT_EQ(result.tokens, 100 * 3 * 8);
  EXPECT_EQ(result.note, "");
  ASSERT_EQ(result.curve.size(), 9u); // each 12 steps, and at the end
  EXPECT_EQ(result.curve[0].step, 12);
  EXPECT_EQ(result.curve.back().step, 100);
  EXPECT_LT(result.curve.back().loss, result.curve[0].loss);
  EXPECT_DOUBLE_EQ(result.curve.back().rate, .2 * .02);
}

TEST(Trainer, GoesDownWithSgdToo) {
  Bowl bowl;
  TrainingOptions options = bowlOptions();
  options.optimizer = "sgd";
  options.steps = 100;
  EXPECT_LT(trainBowl(bowl, options).best, .02);
}

/// However many windows are read at once, a step is that of the mean over all of them.
TEST(Trainer, AddsUpTheWholeBatch) {
  Bowl whole, parts, pieces;
  TrainingOptions options = bowlOptions();
  options.steps = 4;
  options.batch = 6;
  TrainingResult expected = trainBowl(whole, options);
  EXPECT_EQ(whole.calls, std::vector<size_t>(4, 6));
  pieces.most = 4;
  TrainingResult found = trainBowl(pieces, options);
  EXPECT_EQ(pieces.calls, (std::vector<size_t>{4, 2, 4, 2, 4, 2, 4, 2}));
  options.batch = 2;
  options.accumulate = 3;
  TrainingResult same = trainBowl(parts, options);
  EXPECT_EQ(parts.calls, std::vector<size_t>(12, 2));
  EXPECT_EQ(same.tokens, expected.tokens);
  for (const TrainingResult &other : {found, same})
    for (size_t i = 0; i < 2; ++i)
      for (size_t k = 0; k < expected.values[i].size(); ++k)
        EXPECT_NEAR(other.values[i][k], expected.values[i][k], 1e-5);
}

TEST(Trainer, ChangesNothingInNoSteps) {
  Bowl bowl;
  TrainingOptions options = bowlOptions();
  options.steps = 0;
  TrainingResult result = trainBowl(bowl, options);
  EXPECT_TRUE(result.values.empty());
  EXPECT_EQ(result.best, result.before);
  EXPECT_TRUE(bowl.calls.empty());
}

/// Where the start is the best state, nothing comes back.
TEST(Trainer, GuardsAgainstARateThatDestroysEverything) {
  Bowl bowl;
  for (Parameter &each : bowl.list)
    std::fill(each.start.begin(), each.start.end(), 1.0f);
  TrainingOptions options = bowlOptions();
  options.learningRate = 100;
  TrainingResult result = trainBowl(bowl, options);
  EXPECT_TRUE(result.values.empty());
  EXPECT_EQ(result.best, result.before);
  EXPECT_EQ(result.bestStep, 0);
  EXPECT_EQ(result.steps, 40);
  EXPECT_EQ(result.curve.size(), 8u);
  EXPECT_GT(result.curve.back().heldOut, result.before);
}

TEST(Trainer, KeepsTheBestStateOfAll) {
  Bowl bowl;
  TrainingOptions options = bowlOptions();
  options.schedule = "constant";
  options.evaluateEvery = 3;
  // From the 20th step on, uphill.
  bowl.spoil = [](size_t call, double &, ParameterValues &gradient) {
    if (call > 20)
      for (auto &each : gradient)
        for (float &number : each)
          number = -1;
  };
  TrainingResult result = trainBowl(bowl, options);
  EXPECT_EQ(result.steps, 40);
  EXPECT_GE(result.bestStep, 15);
  EXPECT_LE(result.bestStep, 24);
  for (const TrainingPoint &point : result.curve)
    EXPECT_GE(point.heldOut, result.best);
  CountedTokens data(500);
  auto plan = WindowPlan::create(data, nullptr, options);
  ASSERT_TRUE(bool(plan));
  auto loss = bowl.loss(plan->heldOut(), double(plan->heldOut().size() * 7), result.values);
  ASSERT_TRUE(bool(loss));
  EXPECT_NEAR(*loss, result.best, 1e-12);
}

/// The first time it goes on from the best state with half the rate.
TEST(Trainer, ComesBackFromALossThatIsNotFinite) {
  for (bool isGradient : {false, true}) {
    Bowl bowl;
    TrainingOptions options = bowlOptions();
    bowl.spoil = [&](size_t call, double &loss, ParameterValues &gradient) {
      if (call == 13)
        (isGradient ? gradient[1][0] : gradient[0][0]) = isGradient ? NAN : gradient[0][0];
      if (call == 13 && !isGradient)
        loss = INFINITY;
    };
    TrainingResult result = trainBowl(bowl, options);
    // 12 steps, one that fails, and all behind the tenth again.
    EXPECT_EQ(bowl.calls.size(), 13u + 30);
    EXPECT_EQ(result.steps, 40);
    EXPECT_EQ(result.note, "");
    EXPECT_DOUBLE_EQ(result.curve.back().rate, .5 * .2 * .02);
    EXPECT_DOUBLE_EQ(result.curve.front().rate,
                     .2 * (.02 + .98 * (1 + std::cos(M_PI * 2 / 37)) / 2));
    EXPECT_LT(result.best, result.before);
  }
}

TEST(Trainer, EndsWithASecondLossThatIsNotFinite) {
  Bowl bowl;
  bowl.spoil = [&](size_t call, double &loss, ParameterValues &) {
    if (call > 12)
      loss = NAN;
  };
  TrainingResult result = trainBowl(bowl, bowlOptions());
  EXPECT_EQ(bowl.calls.size(), 14u);
  EXPECT_EQ(result.note, "ended behind step 10: the loss was not finite for a second time");
  EXPECT_EQ(result.bestStep, 10);
  EXPECT_EQ(result.values.size(), 2u);
  EXPECT_LT(result.best, result.before);
}

TEST(Trainer, ReturnsTheStartWhereNothingIsEverFinite) {
  Bowl bowl;
  bowl.spoil = [&](size_t, double &loss, ParameterValues &) { loss = NAN; };
  TrainingResult result = trainBowl(bowl, bowlOptions());
  EXPECT_EQ(bowl.calls.size(), 2u);
  EXPECT_TRUE(result.values.empty());
  EXPECT_EQ(result.note, "ended behind step 0: the loss was not finite for a second time");
}

TEST(Trainer, EndsWithoutPatience) {
  Bowl bowl;
  for (Parameter &each : bowl.list)
    std::fill(each.start.begin(), each.start.end(), 1.0f);
  TrainingOptions options = bowlOptions();
  options.learningRate = 10;
  options.patience = 3;
  TrainingResult result = trainBowl(bowl, options);
  EXPECT_EQ(result.steps, 15);
  EXPECT_EQ(result.note, "ended behind step 15: the last 3 measurements were no better");
}

TEST(Trainer, EndsInTimeAndMeasuresWhatItHas) {
  Bowl bowl;
  bowl.onGradient = [](size_t) { std::this_thread::sleep_for(std::chrono::milliseconds(300)); };
  TrainingOptions options = bowlOptions();
  options.timeLimit = .5;
  TrainingResult result = trainBowl(bowl, options);
  EXPECT_GE(result.steps, 1);
  EXPECT_LT(result.steps, 5);
  EXPECT_EQ(result.curve.size(), 1u);
  EXPECT_EQ(result.bestStep, result.steps);
  EXPECT_EQ(result.note,
            "ended behind step " + std::to_string(result.steps) + ": 'time-limit' (0.5 s) is over");
}

TEST(Trainer, RefusesWhatCannotBegin) {
  Bowl bowl;
  TrainingOptions options = bowlOptions();
  options.learningRate = 0;
  EXPECT_EQ(errorOf(bowl, options), "expects 'learning-rate' above 0, found 0");
  options.learningRate = 1;
  bowl.list[0].start[1] = INFINITY;
  EXPECT_EQ(errorOf(bowl, options), "expects a model whose loss is finite, found nan on held-out "
                                    "windows before the first step");
}

TEST(Trainer, SaysHowFarItIs) {
  Bowl bowl;
  std::vector<TrainingProgress> seen;
  trainBowl(bowl, bowlOptions(), [&](const TrainingProgress &each) { seen.push_back(each); });
  std::vector<int64_t> news;
  for (const TrainingProgress &each : seen)
    if (each.isNews)
      news.push_back(each.step);
  EXPECT_EQ(news, (std::vector<int64_t>{2, 5, 10, 15, 20, 25, 30, 35, 40}));
  EXPECT_EQ(seen.size(), 40u + 8);
  EXPECT_EQ(seen.back().secondsLeft, 0);
  EXPECT_GT(seen[1].secondsLeft, 0);
  EXPECT_GT(seen[1].tokensPerSecond, 0);
  TrainingProgress progress{25, 200, 2.01826, 1.9921, 1.99, 5678, 96.4, true};
  EXPECT_EQ(progress.line(),
            "step 25 of 200: loss 2.0183, held out 1.9921, 5,678 tokens a second, 96 s left");
}

/// Numbers of rate 0 are a method's own; what it says is no candidate any more is not the best.
TEST(Trainer, LetsAMethodChangeNumbers) {
  Bowl bowl;
  bowl.list.push_back({"own", {1, 1}, 0, false});
  TrainingOptions options = bowlOptions();
  options.steps = 60;
  options.evaluateEvery = 10;
  CountedTokens data(500);
  auto plan = WindowPlan::create(data, nullptr, options);
  ASSERT_TRUE(bool(plan));
  std::vector<int64_t> steps;
  auto after = [&](int64_t step, llvm::MutableArrayRef<std::vector<float>> values,
                   llvm::ArrayRef<std::vector<float>> gradient) {
    steps.push_back(step);
    EXPECT_EQ(gradient[2], (std::vector<float>{0, 0}));
    EXPECT_NE(gradient[0][0], 0);
    if (step == 40)
      values[2] = {5, 5}; // worse than all before, and than the start
    return step == 40;
  };
  auto result = trainParameters(bowl, {*plan, options, "", {}, after});
  ASSERT_TRUE(bool(result));
  ASSERT_EQ(steps.size(), 60u);
  EXPECT_EQ(steps.back(), 60);
  ASSERT_EQ(result->values.size(), 3u);
  EXPECT_EQ(result->values[2], (std::vector<float>{5, 5}));
  EXPECT_GE(result->bestStep, 40);
  EXPECT_GT(result->best, result->curve[2].heldOut);
}
