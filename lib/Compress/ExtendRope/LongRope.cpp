// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// longrope: each frequency is divided by a factor of its own, of one list in texts of at most L
// tokens, of another in longer ones; cosines and sines are multiplied by sqrt(1 + ln s / ln L)
// (2402.13753; released code of Phi-3).
#include "lib/Compress/ExtendRope/RopeScaling.h"

#include "llvm/ADT/STLExtras.h"

#include <cmath>

using namespace mlir;
using namespace retort;

static std::vector<double> divided(ArrayRef<double> frequencies, ArrayRef<double> factors) {
  std::vector<double> result;
  for (auto [frequency, factor] : llvm::zip_equal(frequencies, factors))
    result.push_back(interpolated(frequency, factor));
  return result;
}

static double amplitudeOf(const RopeScaling &scaling) {
  if (scaling.attentionFactor > 0)
    return scaling.attentionFactor;
  return std::sqrt(1 + std::log(scaling.factor) / std::log(double(scaling.length)));
}

/// Of one list.
static std::string problemOf(StringRef name, ArrayRef<double> factors, size_t pairs) {
  if (factors.size() != pairs)
    return "expects '" + name.str() + "' of " + std::to_string(pairs) +
           " numbers, one for each pair of coordinates, found " + std::to_string(factors.size());
  for (double factor : factors)
    if (!(factor > 0) || !std::isfinite(factor))
      return "expects '" + name.str() + "' above 0, found " + std::to_string(factor);
  return "";
}

namespace {
struct LongRope final : RopeMethod {
  LongRope() : RopeMethod("longrope") {}
  bool isDynamic() const override { return true; }
  std::string problem(const RopeScaling &scaling, size_t pairs) const override {
    if (scaling.length < 2)
      return "expects 'original-length' of at least 2, found " + std::to_string(scaling.length);
    std::string first = problemOf("short-factor", scaling.shortFactors, pairs);
    return first.empty() ? problemOf("long-factor", scaling.longFactors, pairs) : first;
  }
  ScaledRope scale(ArrayRef<double> frequencies, const RopeScaling &scaling,
                   double tokens) const override {
    bool isLong = tokens > double(scaling.length);
    return {divided(frequencies, isLong ? scaling.longFactors : scaling.shortFactors),
            amplitudeOf(scaling)};
  }
  Values build(OnnxBuilder &b, ArrayRef<double> frequencies, const RopeScaling &scaling,
               Value tokens) const override {
    Type f32 = b.raw().getF32Type();
    Value isLong = b.less(b.number(double(scaling.length), f32), tokens);
    return {b.choose(isLong, makePairs(b, divided(frequencies, scaling.longFactors)),
                     makePairs(b, divided(frequencies, scaling.shortFactors))),
            b.number(amplitudeOf(scaling), f32)};
  }
};
const LongRope method;
} // namespace
