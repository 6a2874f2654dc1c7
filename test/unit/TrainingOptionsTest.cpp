// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Values that an option does not have are told, with what it expects.
#include "lib/Train/TrainingPass.h"

#include <cmath>
#include <functional>
#include <gtest/gtest.h>

using namespace retort;

namespace {
std::string errorWith(const std::function<void(TrainingOptions &)> &change) {
  TrainingOptions options;
  options.data = "a.tokens";
  change(options);
  llvm::Error error = checkTrainingOptions(options);
  return error ? toString(std::move(error)) : "";
}
} // namespace

TEST(TrainingOptions, OfNothingButDataAreRight) {
  EXPECT_EQ(errorWith([](auto &) {}), "");
  EXPECT_EQ(errorWith([](auto &o) { o.data = "generate:512"; }), "");
  EXPECT_EQ(errorWith([](auto &o) { o.heldOut = "b.tokens"; }), "");
  EXPECT_EQ(errorWith([](auto &o) { o.steps = 0; }), "");
  EXPECT_EQ(errorWith([](auto &o) { o.clip = o.weightDecay = o.warmup = 0; }), "");
  EXPECT_EQ(errorWith([](auto &o) { o.learningRate = 100; }), "");
}

TEST(TrainingOptions, NameWhatIsWrong) {
  using Options = TrainingOptions &;
  const std::pair<std::function<void(Options)>, const char *> cases[] = {
      {[](Options o) { o.data = ""; }, "'data' to name tokens that are trained on, found none"},
      {[](Options o) { o.data = "generate:1"; },
       "'data' with a number of windows of 2 or more behind 'generate:', found '1'"},
      {[](Options o) { o.heldOut = "1"; },
       "'held-out' to be a share in (0, 1), or a file, found 1"},
      {[](Options o) { o.heldOut = ""; },
       "'held-out' to be a share in (0, 1), or a file, found nothing"},
      {[](Options o) { o.steps = -1; }, "'steps' of 0 or more, found -1"},
      {[](Options o) { o.batch = 0; }, "'batch' of 1 or more, found 0"},
      {[](Options o) { o.context = 1; },
       "'context' of 2 tokens or more, or 0, the trained length, found 1"},
      {[](Options o) { o.accumulate = 0; }, "'accumulate' of 1 or more, found 0"},
      {[](Options o) { o.loss = "kl"; },
       "'loss' to be ce, forward-kl, reverse-kl, jsd or skew-kl, found 'kl'"},
      {[](Options o) { o.temperature = 0; }, "'temperature' above 0, found 0"},
      {[](Options o) { o.beta = 1; }, "'beta' in (0, 1), found 1"},
      {[](Options o) { o.topK = -1; }, "'top-k' of 0 or more, found -1"},
      {[](Options o) { o.topK = 8, o.loss = "jsd"; },
       "'top-k' with 'loss=forward-kl' alone, found 'loss=jsd'"},
      {[](Options o) { o.mix = 1.5; }, "'mix' from 0 to 1, found 1.5"},
      {[](Options o) { o.hidden = -1; }, "'hidden' of 0 or more, found -1"},
      {[](Options o) { o.teacher = ""; }, "'teacher' to be before, base or a file, found nothing"},
      {[](Options o) { o.optimizer = "lion"; }, "'optimizer' to be adamw or sgd, found 'lion'"},
      {[](Options o) { o.learningRate = -1; }, "'learning-rate' of 0 or more, found -1"},
      {[](Options o) { o.learningRate = INFINITY; }, "'learning-rate' of 0 or more, found inf"},
      {[](Options o) { o.beta1 = 1; }, "'beta1' of 0 or more and below 1, found 1"},
      {[](Options o) { o.beta2 = NAN; }, "'beta2' of 0 or more and below 1, found nan"},
      {[](Options o) { o.epsilon = 0; }, "'epsilon' above 0, found 0"},
      {[](Options o) { o.weightDecay = -.1; }, "'weight-decay' of 0 or more, found -0.1"},
      {[](Options o) { o.schedule = "step"; },
       "'schedule' to be cosine, linear or constant, found 'step'"},
      {[](Options o) { o.warmup = 2; }, "'warmup' from 0 to 1, found 2"},
      {[](Options o) { o.finalRate = -1; }, "'final-rate' from 0 to 1, found -1"},
      {[](Options o) { o.clip = -1; }, "'clip' of 0 or more, found -1"},
      {[](Options o) { o.evaluateEvery = -1; }, "'evaluate-every' of 0 or more, found -1"},
      {[](Options o) { o.patience = -1; }, "'patience' of 0 or more, found -1"},
      {[](Options o) { o.timeLimit = -1; }, "'time-limit' of 0 or more, found -1"},
      {[](Options o) { o.saveEvery = -1; }, "'save-every' of 0 or more, found -1"}};
  for (const auto &[change, expected] : cases)
    EXPECT_EQ(errorWith(change), std::string("expects ") + expected);
}
