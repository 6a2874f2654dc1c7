// Zeroes the smallest-magnitude weights.
//
//   %w = onnx.initializer "w" dense<[[0.1, -3.0], [0.2, 2.0]]>
//   ==> compress-prune-magnitude{sparsity=0.5}
//   %w = onnx.initializer "w" dense<[[0.0, -3.0], [0.0, 2.0]]>
#include "lib/Compress/PruneMagnitude/PruneMagnitude.h"
#include "lib/Support/LinearWeights.h"
#include "lib/Support/Remark.h"

#include "mlir/Pass/Pass.h"

#include <algorithm>
#include <cmath>

namespace retort {
#define GEN_PASS_DECL
#define GEN_PASS_DEF_PRUNEMAGNITUDEPASS
#include "lib/Compress/PruneMagnitude/PruneMagnitude.h.inc"
} // namespace retort

using namespace mlir;
using namespace retort;

/// 1. Find the magnitude of the last entry to go, by selection in linear time.
/// 2. Zero what is below it.
/// 3. Of those equal to it, zero the first ones until `count` is reached, so that the result depends on nothing else.
void retort::zeroSmallest(MutableArrayRef<float> values, size_t count) {
  if (count == 0)
    return;
  std::vector<float> magnitudes(values.size());
  llvm::transform(values, magnitudes.begin(),
                  [](float value) { return std::isnan(value) ? HUGE_VALF : std::abs(value); });
  std::vector<float> order = magnitudes;
  std::nth_element(order.begin(), order.begin() + (count - 1), order.end());
  float last = order[count - 1];

  size_t below = llvm::count_if(magnitudes, [&](float magnitude) { return magnitude < last; });
  size_t equal = count - below;
  for (size_t i = 0; i < values.size(); ++i) {
    bool zero = magnitudes[i] < last || (magnitudes[i] == last && equal > 0 && equal--);
    if (zero)
      values[i] = 0;
  }
}

/// Prunes one weight, and reports it.
static void prune(LinearWeight &weight, double sparsity, StringRef method) {
  std::vector<float> original = weight.floats();
  std::vector<float> pruned = original;
  size_t count = size_t(sparsity * pruned.size());
  zeroSmallest(pruned, count);
  weight.setFloats(pruned);
  WeightChange change{weight.bytes(), weight.bytes(), relativeError(original, pruned)};
  weightPassed(weight.loc(), method, weight.name(), change)
      << remark::metric("weights", pruned.size()) << remark::metric("pruned", count);
}

namespace {
struct PruneMagnitudePass : retort::impl::PruneMagnitudePassBase<PruneMagnitudePass> {
  using Base::Base;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    if (!(sparsity >= 0 && sparsity < 1)) {
      module.emitError() << "expects 'sparsity' in [0, 1), found " << sparsity;
      return signalPassFailure();
    }
    auto compress = [&](LinearWeight &weight) { prune(weight, sparsity, getArgument()); };
    if (failed(forEachLinearWeight(module, getArgument(), include, exclude, compress)))
      signalPassFailure();
  }
};
} // namespace
