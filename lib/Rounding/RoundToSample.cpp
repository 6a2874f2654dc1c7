// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Rounds a weight so that what it computes of a sample changes least.
#include "lib/Rounding/RoundToSample.h"
#include "lib/Rounding/Descent.h"
#include "lib/Rounding/ErrorFeedback.h"
#include "lib/Rounding/TwoSidedDescent.h"
#include "lib/Rounding/TwoSidedFeedback.h"

#include <numeric>

using namespace retort;

static SampleRounding withDamping(SampleRounding options, const StatisticsRecord &record) {
  if (!(options.damping > 0))
    options.damping = usualDamping(record);
  return options;
}

RoundingStatistics::RoundingStatistics(const StatisticsRecord &record,
                                       const SampleRounding &options)
    : RoundingStatistics(Hessian::of(record.fitted, record.inputs),
                         Hessian::of(record.heldOrFitted(), record.inputs),
                         withDamping(options, record)) {}

RoundingStatistics::RoundingStatistics(Hessian fittedRows, Hessian heldRows,
                                       const SampleRounding &options)
    : fitted(std::move(fittedRows)), held(std::move(heldRows)), order(fitted.size) {
  std::iota(order.begin(), order.end(), 0);
  if (options.actOrder)
    order = fitted.byFallingDiagonal();
  factor = factorInverse(fitted, options.damping, order);
}

/// Gradients of a few labels say less than as many inputs do.
static constexpr double usualOutputDamping = .05;

/// A of the inputs; where several activations feed the weight, their plain second moments.
static Hessian inputsOf(const OutputMoments &moments, const Moments &plain, int64_t inputs) {
  if (moments.weightedInputs.empty() || !(moments.squares > 0))
    return Hessian::of(plain, inputs);
  return Hessian::of(moments.weightedInputs, moments.squares, inputs);
}

static Hessian outputsOf(const OutputMoments &moments, int64_t outputs) {
  return Hessian::of(moments.gram, double(moments.rows), outputs);
}

TwoSidedStatistics::TwoSidedStatistics(const StatisticsRecord &record,
                                       const OutputStatistics &known, const SampleRounding &options)
    : inputs(inputsOf(known.fitted, record.fitted, record.inputs)),
      heldInputs(inputsOf(known.heldOrFitted(), record.heldOrFitted(), record.inputs)),
      outputs(outputsOf(known.fitted, known.outputs)),
      heldOutputs(outputsOf(known.heldOrFitted(), known.outputs)), inputOrder(record.inputs),
      outputOrder(outputs.byFallingDiagonal()) {
  std::iota(inputOrder.begin(), inputOrder.end(), 0);
  if (options.actOrder)
    inputOrder = inputs.byFallingDiagonal();
  inputFactor = factorInverse(inputs, withDamping(options, record).damping, inputOrder);
  double few = .1 * double(known.outputs) / double(std::max<int64_t>(known.fitted.rows, 1));
  double outputDamping =
      known.fitted.rows >= known.outputs ? usualOutputDamping : std::min(few, 1.0);
  outputFactor = factorInverse(outputs, outputDamping, outputOrder);
  // Descent follows the sample no further than LDLQ does.
  inputs.damp(inputFactor ? inputFactor->damping : usualDamping(record));
  outputs.damp(outputFactor ? outputFactor->damping : outputDamping);
}

TwoSidedStatistics TwoSidedStatistics::ofOutputs(llvm::ArrayRef<int64_t> places) const {
  TwoSidedStatistics result = *this;
  result.outputs = outputs.permuted(places);
  result.heldOutputs = heldOutputs.permuted(places);
  result.outputOrder = result.outputs.byFallingDiagonal();
  result.outputFactor = factorInverse(result.outputs, /*damping=*/0, result.outputOrder);
  return result;
}

void retort::roundToSample(GroupedMatrix &matrix, const TwoSidedStatistics &statistics,
                           const SampleRounding &options) {
  matrix.roundToNearest(/*search=*/true);
  if (statistics.inputFactor && statistics.outputFactor)
    roundWithTwoSidedFeedback(matrix, {statistics.outputOrder, *statistics.outputFactor},
                              {statistics.inputOrder, *statistics.inputFactor});
  descendTwoSided(matrix, statistics.outputs, statistics.inputs, options.refine);
}

void retort::roundToSample(GroupedMatrix &matrix, const RoundingStatistics &statistics,
                           const SampleRounding &options) {
  matrix.roundToNearest(/*search=*/true);
  if (statistics.factor)
    roundWithFeedback(matrix, statistics.order, *statistics.factor);
  descend(matrix, statistics.fitted, options.refine);
}
