// Rounds weights to powers of two.
//
//   %w = onnx.initializer "w" dense<[[0.9, -3.1], [0.0, 0.01]]>
//   ==> compress-round-power-of-two{lowest=-6}
//   %w = onnx.initializer "w" dense<[[1.0, -4.0], [0.0, 0.0]]>
#include "lib/Support/LinearWeights.h"
#include "lib/Support/Remark.h"

#include "mlir/Pass/Pass.h"

#include <cmath>

namespace retort {
#define GEN_PASS_DECL
#define GEN_PASS_DEF_ROUNDPOWEROFTWOPASS
#include "lib/Compress/RoundPowerOfTwo/RoundPowerOfTwo.h.inc"
} // namespace retort

using namespace mlir;
using namespace retort;

/// The power of two nearest to `value`; the middle between two powers goes to the larger. Zero
/// below 2^exponent.
static float roundToPowerOfTwo(float value, int64_t exponent) {
  if (value == 0 || !std::isfinite(value))
    return value;
  int power;
  float mantissa = std::frexp(std::abs(value), &power); // in [0.5, 1)
  power -= mantissa < 0.75f;
  return power < exponent ? 0 : std::copysign(std::ldexp(1.0f, power), value);
}

static LogicalResult roundWeight(LinearWeight &weight, int64_t lowest, StringRef method) {
  std::vector<float> original = weight.floats(), rounded;
  float largest = 0;
  for (float value : original)
    largest = std::max(largest, std::abs(value));
  int64_t exponent = std::ilogb(roundToPowerOfTwo(largest, INT64_MIN)) + lowest;
  for (float value : original)
    rounded.push_back(roundToPowerOfTwo(value, exponent));
  weight.setFloats(rounded);
  WeightChange change{weight.bytes(), weight.bytes(), relativeError(original, rounded)};
  weightPassed(weight.loc(), method, weight.name(), change);
  return success();
}

namespace {
struct RoundPowerOfTwoPass : retort::impl::RoundPowerOfTwoPassBase<RoundPowerOfTwoPass> {
  using Base::Base;

  void runOnOperation() override {
    auto round = [&](LinearWeight &weight) { return roundWeight(weight, lowest, getArgument()); };
    if (failed(forEachLinearWeight(getOperation(), getArgument(), include, exclude, round)))
      signalPassFailure();
  }
};
} // namespace
