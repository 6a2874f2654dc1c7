// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// pi: f / s (2306.15595, section 2.2; `linear` of released code).
#include "lib/Compress/ExtendRope/RopeScaling.h"

using namespace retort;

namespace {
struct PositionInterpolation final : RopeMethod {
  PositionInterpolation() : RopeMethod("pi") {}
  ScaledRope scale(llvm::ArrayRef<double> frequencies, const RopeScaling &scaling,
                   double /*tokens*/) const override {
    ScaledRope result;
    for (double frequency : frequencies)
      result.frequencies.push_back(frequency / scaling.factor);
    return result;
  }
};
const PositionInterpolation method;
} // namespace
