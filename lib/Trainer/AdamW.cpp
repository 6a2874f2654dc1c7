// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Adam with weight decay of its own.
#include "lib/Trainer/AdamW.h"
#include "lib/Trainer/UpdateLoops.h"

#include <cmath>

using namespace retort;

namespace {
class AdamW : public Optimizer {
public:
  explicit AdamW(const TrainingOptions &options)
      : beta1(options.beta1), beta2(options.beta2), epsilon(options.epsilon),
        weightDecay(options.weightDecay) {}

private:
  size_t arraysOfState() const override { return 2; }
  void change(const Change &change, llvm::ArrayRef<float *> arrays) const override;

  double beta1, beta2, epsilon, weightDecay;
};
} // namespace

void AdamW::change(const Change &change, llvm::ArrayRef<float *> arrays) const {
  auto update = double(change.update);
  AdamWFactors factors;
  factors.scale = float(change.scale);
  factors.keepMean = float(beta1);
  factors.addMean = float(1 - beta1);
  factors.keepSquare = float(beta2);
  factors.addSquare = float(1 - beta2);
  factors.rate = float(change.rate / (1 - std::pow(beta1, update)));
  factors.root = float(1 / std::sqrt(1 - std::pow(beta2, update)));
  factors.epsilon = float(epsilon);
  factors.decay = float(change.decays ? change.rate * weightDecay : 0);
  updateAdamW(change.values, arrays[0], arrays[1], change.gradient, change.count, factors);
}

std::unique_ptr<Optimizer> retort::makeAdamW(const TrainingOptions &options) {
  return std::make_unique<AdamW>(options);
}
