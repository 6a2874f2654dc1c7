// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// ntk-by-parts: fast pairs stay, slow ones are interpolated, those between are blended (2309.00071,
// section 3.2).
// yarn: the same, with sharper attention (section 3.3).
// dynamic-yarn: yarn with the factor max(1, l / L) in a text of l tokens (section 3.4).
#include "lib/Compress/ExtendRope/Blend.h"

#include "dialects/Onnx/Onnx.h"

#include <algorithm>

using namespace mlir;
using namespace retort;

namespace {
struct NtkByParts : RopeMethod {
  explicit NtkByParts(StringRef name = "ntk-by-parts") : RopeMethod(name) {}
  bool needsBase(const RopeScaling &scaling) const override { return scaling.overIndex; }
  ScaledRope scale(ArrayRef<double> frequencies, const RopeScaling &scaling,
                   double /*tokens*/) const override {
    return {blend(frequencies, keptShares(frequencies, scaling), scaling.factor), 1};
  }
};

ScaledRope yarn(ArrayRef<double> frequencies, const RopeScaling &scaling, double factor) {
  double amplitude =
      scaling.attentionFactor > 0 ? scaling.attentionFactor : yarnAttentionFactor(factor);
  return {blend(frequencies, keptShares(frequencies, scaling), factor), amplitude};
}

struct Yarn final : NtkByParts {
  Yarn() : NtkByParts("yarn") {}
  ScaledRope scale(ArrayRef<double> frequencies, const RopeScaling &scaling,
                   double /*tokens*/) const override {
    return yarn(frequencies, scaling, scaling.factor);
  }
};

struct DynamicYarn final : NtkByParts {
  DynamicYarn() : NtkByParts("dynamic-yarn") {}
  bool isDynamic() const override { return true; }
  ScaledRope scale(ArrayRef<double> frequencies, const RopeScaling &scaling,
                   double tokens) const override {
    return yarn(frequencies, scaling, std::max(1.0, tokens / double(scaling.length)));
  }
  Values build(OnnxBuilder &b, ArrayRef<double> frequencies, const RopeScaling &scaling,
               Value tokens) const override {
    Type f32 = b.raw().getF32Type();
    std::vector<double> periods, left, stay;
    for (auto [frequency, share] : llvm::zip_equal(frequencies, keptShares(frequencies, scaling))) {
      Blended blended(frequency, share);
      periods.push_back(1 / frequency);
      left.push_back(blended.left);
      stay.push_back(blended.stays);
    }
    Value s = b.maximum(b.divide(tokens, b.number(double(scaling.length), f32)), b.number(1, f32));
    Value slow = b.divide(b.number(1, f32), b.multiply(makePairs(b, periods), s));
    Values result{b.add(b.multiply(slow, makePairs(b, left)), makePairs(b, stay)), Value()};
    if (scaling.attentionFactor > 0)
      result.amplitude = b.number(scaling.attentionFactor, f32);
    else
      result.amplitude =
          b.add(b.multiply(onnx::LogOp::create(b.raw(), b.location(), s.getType(), s).getResult(),
                           b.number(0.1, f32)),
                b.number(1, f32));
    return result;
  }
};
const NtkByParts byParts;
const Yarn method;
const DynamicYarn dynamicMethod;
} // namespace
