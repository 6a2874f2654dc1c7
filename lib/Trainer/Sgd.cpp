// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Stochastic gradient descent with momentum.
#include "lib/Trainer/Sgd.h"
#include "lib/Trainer/UpdateLoops.h"

using namespace retort;

namespace {
class Sgd : public Optimizer {
public:
  explicit Sgd(const TrainingOptions &options) : weightDecay(options.weightDecay) {}

private:
  size_t arraysOfState() const override { return 1; }
  void change(const Change &change, llvm::ArrayRef<float *> arrays) const override;

  static constexpr float momentum = 0.9f;
  double weightDecay;
};
} // namespace

void Sgd::change(const Change &change, llvm::ArrayRef<float *> arrays) const {
  double decay = change.decays ? change.rate * weightDecay : 0;
  updateSgd(change.values, arrays[0], change.gradient, change.count,
            {float(change.scale), momentum, float(change.rate), float(decay)});
}

std::unique_ptr<Optimizer> retort::makeSgd(const TrainingOptions &options) {
  return std::make_unique<Sgd>(options);
}
