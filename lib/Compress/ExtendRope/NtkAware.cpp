// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// ntk: the base becomes b s^(D/(D-2)), so that the fastest pair stays and the slowest is
// interpolated.
// dynamic-ntk: s is max(1, factor l / L - (factor - 1)) in a text of l tokens (`dynamic` of
// released code).
#include "lib/Compress/ExtendRope/RopeScaling.h"

#include <algorithm>
#include <cmath>

using namespace mlir;
using namespace retort;

/// (b s^(D/(D-2)))^(-2k/D) = b^(-2k/D) s^(-2k/(D-2)): the exponents of s.
static std::vector<double> exponents(size_t pairs) {
  std::vector<double> result(pairs, 0);
  for (size_t k = 1; k < pairs; ++k)
    result[k] = -double(k) / double(pairs - 1);
  return result;
}

static ScaledRope withBaseTimes(double factor, ArrayRef<double> frequencies) {
  ScaledRope result;
  for (auto [frequency, exponent] : llvm::zip_equal(frequencies, exponents(frequencies.size())))
    result.frequencies.push_back(frequency * std::pow(factor, exponent));
  return result;
}

namespace {
struct NtkAware final : RopeMethod {
  NtkAware() : RopeMethod("ntk") {}
  ScaledRope scale(ArrayRef<double> frequencies, const RopeScaling &scaling,
                   double /*tokens*/) const override {
    return withBaseTimes(scaling.factor, frequencies);
  }
};

struct DynamicNtk final : RopeMethod {
  DynamicNtk() : RopeMethod("dynamic-ntk") {}
  bool isDynamic() const override { return true; }
  ScaledRope scale(ArrayRef<double> frequencies, const RopeScaling &scaling,
                   double tokens) const override {
    double s = scaling.factor * tokens / double(scaling.length) - (scaling.factor - 1);
    return withBaseTimes(std::max(1.0, s), frequencies);
  }
  Values build(OnnxBuilder &b, ArrayRef<double> frequencies, const RopeScaling &scaling,
               Value tokens) const override {
    Type f32 = b.raw().getF32Type();
    // From what the text is longer by: where it is not, nothing is rounded.
    Value excess = b.subtract(tokens, b.number(double(scaling.length), f32));
    excess = b.maximum(excess, b.number(0, f32));
    Value s = b.add(b.multiply(excess, b.number(scaling.factor / double(scaling.length), f32)),
                    b.number(1, f32));
    Value scale = b.power(s, makePairs(b, exponents(frequencies.size())));
    return {b.multiply(makePairs(b, frequencies), scale), Value()};
  }
};
const NtkAware method;
const DynamicNtk dynamicMethod;
} // namespace
