// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How much larger the weights of large inputs should be before they are rounded.
#include "lib/Scaling/ExponentSearch.h"

using namespace retort;
using llvm::ArrayRef;

SetError retort::errorWithScales(ArrayRef<GroupedMatrix> matrices, const Hessian &fitted,
                                 const Hessian &held, ArrayRef<float> scales,
                                 const RoundingAhead &ahead) {
  Hessian fittedNow = fitted.divided(scales), heldNow = held.divided(scales);
  std::optional<RoundingStatistics> statistics;
  if (ahead.sample)
    statistics.emplace(fittedNow, heldNow, *ahead.sample);
  SetError sum;
  for (const GroupedMatrix &before : matrices) {
    GroupedMatrix matrix = before;
    matrix.weights = scaledInputs(before.weights, scales);
    statistics ? roundToSample(matrix, *statistics, *ahead.sample)
               : matrix.roundToNearest(/*search=*/false);
    std::vector<float> error = matrix.error();
    sum.fitted += outputError(error, matrix.outputs, fittedNow);
    sum.held += outputError(error, matrix.outputs, heldNow);
  }
  return sum;
}

ExponentChoice retort::searchExponent(ArrayRef<GroupedMatrix> matrices, const Hessian &fitted,
                                      const Hessian &held, int64_t steps,
                                      const RoundingAhead &ahead,
                                      llvm::function_ref<std::vector<float>(double)> scalesFor) {
  ExponentChoice best;
  best.scales.assign(fitted.size, 1);
  best.before = best.after = errorWithScales(matrices, fitted, held, best.scales, ahead);
  for (int64_t step = 1; step <= steps; ++step) {
    double exponent = double(step) / double(steps);
    std::vector<float> scales = scalesFor(exponent);
    SetError error = errorWithScales(matrices, fitted, held, scales, ahead);
    if (error.fitted >= best.after.fitted)
      continue;
    best.exponent = exponent;
    best.scales = std::move(scales);
    best.after = error;
  }
  return best;
}

/// What is gained by less is no more than chance.
static constexpr double leastGain = .01;

namespace {
struct Candidate {
  double exponent;
  std::vector<float> scales;
};
} // namespace

ExponentChoice retort::searchForBoth(ArrayRef<GroupedMatrix> matrices, const Hessian &fitted,
                                     const Hessian &held, int64_t steps,
                                     const SampleRounding &sample,
                                     llvm::function_ref<std::vector<float>(double)> scalesFor) {
  constexpr size_t most = 5;
  ExponentChoice best;
  best.scales.assign(fitted.size, 1);
  SetError nearest = errorWithScales(matrices, fitted, held, best.scales, {});
  std::vector<Candidate> candidates;
  for (int64_t step = 1; step <= steps; ++step) {
    double exponent = double(step) / double(steps);
    std::vector<float> scales = scalesFor(exponent);
    SetError error = errorWithScales(matrices, fitted, held, scales, {});
    if (error.fitted < nearest.fitted && error.held < nearest.held)
      candidates.push_back({exponent, std::move(scales)});
  }
  RoundingAhead ahead{sample};
  best.before = best.after = errorWithScales(matrices, fitted, held, best.scales, ahead);
  for (size_t i = 0; i < std::min(most, candidates.size()); ++i) {
    Candidate &each =
        candidates[candidates.size() <= most ? i : i * (candidates.size() - 1) / (most - 1)];
    SetError error = errorWithScales(matrices, fitted, held, each.scales, ahead);
    bool pays = error.held < (1 - leastGain) * best.before.held;
    if (!pays || error.fitted >= best.after.fitted)
      continue;
    best.exponent = each.exponent;
    best.scales = each.scales;
    best.after = error;
  }
  return best;
}
