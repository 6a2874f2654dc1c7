// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Uniform quantization on plain arrays.
#include "lib/Weights/RoundToNearest.h"
#include "dialects/Onnx/Weights.h"

#include <cmath>

using namespace retort;
using llvm::ArrayRef;
using llvm::MutableArrayRef;

/// To nearest even, for |x| < 2^22: adding 1.5 * 2^23 leaves no bits for a fraction. Unlike
/// nearbyint it is vectorized.
static inline float roundEven(float x) { return (x + 12582912.0f) - 12582912.0f; }

UniformScale retort::fitScale(float low, float high, UniformCode code,
                              llvm::function_ref<float(float)> round) {
  low = std::fmin(low, 0.0f);
  high = std::fmax(high, 0.0f);
  float steps = code.symmetric ? float(1 << (code.bits - 1)) - 0.5f : float((1 << code.bits) - 1);
  float range = code.symmetric ? std::fmax(-low, high) : high - low;
  float scale = round(range / steps);
  if (!(scale > 0)) // zeros, or beyond what the scale's type can tell from zero
    return {1.0f, 0};
  return {scale, code.symmetric ? 0 : int(std::fmin(roundEven(-low / scale), code.highest()))};
}

RoundToNearest::RoundToNearest(compress::Groups groups, UniformCode code)
    : groups(groups), code(code), low(groups.entries()), high(groups.entries()) {}

int64_t RoundToNearest::observe(int64_t begin, ArrayRef<float> values) {
  int64_t bad = -1;
  groups.forEachRun(begin, values.size(),
                    [&](int64_t at, int64_t count, int64_t entry, int64_t step) {
                      const float *run = values.data() + (at - begin);
                      float finite = 0;
                      for (int64_t i = 0; i < count; ++i) {
                        float &least = low[entry + i * step], &most = high[entry + i * step];
                        least = std::min(least, run[i]);
                        most = std::max(most, run[i]);
                        finite += run[i] * 0.0f; // NaN where some element is not finite
                      }
                      if (bad < 0 && finite != 0)
                        for (int64_t i = count; i-- > 0;)
                          bad = std::isfinite(run[i]) ? bad : at + i;
                    });
  return bad;
}

void RoundToNearest::fit(llvm::function_ref<float(float)> round) {
  fitted.reserve(low.size());
  for (size_t i = 0; i < low.size(); ++i)
    fitted.push_back(fitScale(low[i], high[i], code, round));
  low = high = {};
}

void RoundToNearest::encode(int64_t begin, MutableArrayRef<float> values, char *packed) const {
  float lowest = code.lowest(), highest = code.highest();
  groups.forEachRun(
      begin, values.size(), [&](int64_t at, int64_t count, int64_t entry, int64_t step) {
        float *run = values.data() + (at - begin);
        for (int64_t i = 0; i < count; ++i) {
          const UniformScale &scale = fitted[entry + i * step];
          float number =
              std::fmin(std::fmax(roundEven(run[i] / scale.scale) + scale.zero, lowest), highest);
          onnx::storeBits(packed, code.bits, at + i, unsigned(int(number)));
          run[i] = (number - scale.zero) * scale.scale;
        }
      });
}
