// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which values options of training have.
#include "lib/Train/TrainingOptions.h"
#include "lib/Train/TrainingPass.h"
#include "lib/Weights/Remark.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

#include <cmath>

using namespace retort;
using llvm::StringRef;

namespace {
/// Notes the first option that is wrong.
class OptionsCheck {
public:
  void atLeast(StringRef name, int64_t value, int64_t least) {
    expect(value >= least, name, "of " + llvm::Twine(least) + " or more", llvm::Twine(value));
  }
  void notNegative(StringRef name, double value) {
    expect(std::isfinite(value) && value >= 0, name, "of 0 or more", shortNumber(value));
  }
  void positive(StringRef name, double value) {
    expect(std::isfinite(value) && value > 0, name, "above 0", shortNumber(value));
  }
  void share(StringRef name, double value) {
    expect(value >= 0 && value <= 1, name, "from 0 to 1", shortNumber(value));
  }
  void shareBelowOne(StringRef name, double value) {
    expect(value >= 0 && value < 1, name, "of 0 or more and below 1", shortNumber(value));
  }
  void oneOf(StringRef name, StringRef value, llvm::ArrayRef<StringRef> names) {
    expect(llvm::is_contained(names, value), name,
           "to be " + llvm::join(names.drop_back(), ", ") + " or " + names.back(),
           "'" + value + "'");
  }
  void expect(bool holds, StringRef name, const llvm::Twine &what, const llvm::Twine &found) {
    if (!holds && problem.empty())
      problem = ("expects '" + name + "' " + what + ", found " + found).str();
  }

  std::string problem;
};
} // namespace

static void checkData(OptionsCheck &check, const TrainingOptions &options) {
  check.expect(!options.data.empty(), "data", "to name tokens that are trained on", "none");
  StringRef count = options.data;
  int64_t windows = 0;
  if (count.consume_front("generate:"))
    check.expect(!count.getAsInteger(10, windows) && windows >= 2, "data",
                 "with a number of windows of 2 or more behind 'generate:'", "'" + count + "'");
  double share = 0;
  if (!StringRef(options.heldOut).getAsDouble(share))
    check.expect(share > 0 && share < 1, "held-out", "to be a share in (0, 1), or a file",
                 options.heldOut);
  check.expect(!options.heldOut.empty(), "held-out", "to be a share in (0, 1), or a file",
               "nothing");
}

static void checkLoss(OptionsCheck &check, const TrainingOptions &options) {
  check.oneOf("loss", options.loss, {"ce", "forward-kl", "reverse-kl", "jsd", "skew-kl"});
  check.positive("temperature", options.temperature);
  check.expect(options.beta > 0 && options.beta < 1, "beta", "in (0, 1)",
               shortNumber(options.beta));
  check.atLeast("top-k", options.topK, 0);
  check.expect(options.topK == 0 || options.loss == "forward-kl", "top-k",
               "with 'loss=forward-kl' alone", "'loss=" + options.loss + "'");
  check.share("mix", options.mix);
  check.notNegative("hidden", options.hidden);
  check.expect(!options.teacher.empty(), "teacher", "to be before, base or a file", "nothing");
}

static void checkSteps(OptionsCheck &check, const TrainingOptions &options) {
  check.atLeast("steps", options.steps, 0);
  check.atLeast("batch", options.batch, 1);
  check.expect(options.context == 0 || options.context >= 2, "context",
               "of 2 tokens or more, or 0, the trained length", llvm::Twine(options.context));
  check.atLeast("accumulate", options.accumulate, 1);
  check.atLeast("evaluate-every", options.evaluateEvery, 0);
  check.atLeast("patience", options.patience, 0);
  check.notNegative("time-limit", options.timeLimit);
  check.atLeast("save-every", options.saveEvery, 0);
  check.oneOf("recompute", options.recompute, {"auto", "none", "block"});
  check.atLeast("memory", options.memory, 0);
}

static void checkOptimizer(OptionsCheck &check, const TrainingOptions &options) {
  check.oneOf("optimizer", options.optimizer, {"adamw", "sgd"});
  check.notNegative("learning-rate", options.learningRate);
  check.shareBelowOne("beta1", options.beta1);
  check.shareBelowOne("beta2", options.beta2);
  check.positive("epsilon", options.epsilon);
  check.notNegative("weight-decay", options.weightDecay);
  check.oneOf("schedule", options.schedule, {"cosine", "linear", "constant"});
  check.share("warmup", options.warmup);
  check.share("final-rate", options.finalRate);
  check.notNegative("clip", options.clip);
}

llvm::Error retort::checkTrainingOptions(const TrainingOptions &options) {
  OptionsCheck check;
  checkData(check, options);
  checkSteps(check, options);
  checkLoss(check, options);
  checkOptimizer(check, options);
  return check.problem.empty() ? llvm::Error::success() : llvm::createStringError(check.problem);
}
