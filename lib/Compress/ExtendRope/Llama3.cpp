// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// llama3: pairs that turn more than `high-frequency` times in L stay, those that turn less than
// `low-frequency` times are interpolated, those between are blended by their number of turns (the
// released code of Llama 3.1).
#include "lib/Compress/ExtendRope/Blend.h"

using namespace retort;

namespace {
struct Llama3 final : RopeMethod {
  Llama3() : RopeMethod("llama3") {}
  ScaledRope scale(llvm::ArrayRef<double> frequencies, const RopeScaling &scaling,
                   double /*tokens*/) const override {
    RopeScaling turns = scaling;
    turns.overIndex = false;
    turns.betaFast = scaling.highFrequency;
    turns.betaSlow = scaling.lowFrequency;
    return {blend(frequencies, keptShares(frequencies, turns), scaling.factor), 1};
  }
  std::string problem(const RopeScaling &scaling, size_t /*pairs*/) const override {
    if (scaling.lowFrequency > 0 && scaling.lowFrequency < scaling.highFrequency)
      return "";
    return "expects 0 < 'low-frequency' < 'high-frequency', found " +
           std::to_string(scaling.lowFrequency) + " and " + std::to_string(scaling.highFrequency);
  }
};
const Llama3 method;
} // namespace
