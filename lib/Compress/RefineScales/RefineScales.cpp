// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Fits the scales of codes to a sample, and leaves the codes.
//
//   %w = onnx.DequantizeLinear(%codes, %scales)
//   ==> compress-refine-scales
//   %w = onnx.DequantizeLinear(%codes, %scales')
#include "lib/Rounding/Descent.h"
#include "lib/Rounding/StoredCodes.h"
#include "lib/Statistics/WeightStatistics.h"
#include "lib/Weights/OriginalWeights.h"
#include "lib/Weights/Remark.h"

#include "mlir/Pass/Pass.h"

namespace retort {
#define GEN_PASS_DECL
#define GEN_PASS_DEF_REFINESCALESPASS
#include "lib/Compress/RefineScales/RefineScales.h.inc"
} // namespace retort

using namespace mlir;
using namespace retort;

static StringRef whyNot(const LinearWeight &weight) {
  return weight.values.isQuantized() ? "" : "is not made of codes";
}

namespace {
struct RefineScalesPass : retort::impl::RefineScalesPassBase<RefineScalesPass> {
  using Base::Base;

  LogicalResult checkOptions();
  LogicalResult refine(LinearWeight &weight, const StatisticsRecord &record,
                       const OriginalWeights &originals);
  void keepIfBetter(LinearWeight &weight, const StoredCodes &before, const StoredCodes &after,
                    const Hessian &held);
  void runOnOperation() override;
};
} // namespace

LogicalResult RefineScalesPass::checkOptions() {
  if (passes < 1)
    return getOperation().emitError() << "expects 'passes' of 1 or more, found " << int64_t(passes);
  if (!(damping >= 0 && damping <= 1))
    return getOperation().emitError()
           << "expects 'damping' from 0 to 1, found " << shortNumber(damping);
  return success();
}

void RefineScalesPass::keepIfBetter(LinearWeight &weight, const StoredCodes &before,
                                    const StoredCodes &after, const Hessian &held) {
  const GroupedMatrix &matrix = after.matrix;
  double was = outputError(before.matrix.error(), matrix.outputs, held),
         is = outputError(matrix.error(), matrix.outputs, held),
         norm = outputError(matrix.weights, matrix.outputs, held);
  if (!(is < was)) {
    weightMissed(weight.loc(), getArgument(), weight.name()) << remark::reason(
        "no closer on the rows held back: {0} of the outputs in place of {1}",
        shortNumber(relativeOutputError(is, norm)), shortNumber(relativeOutputError(was, norm)));
    return;
  }
  after.storeScales(weight);
  weight.values = *compress::WeightExpression::of(weight.op->getResult(0));
  WeightChange change{weight.bytes(), weight.bytes(), 0};
  std::vector<float> error = matrix.error();
  double squares = 0, whole = 0;
  for (auto [off, value] : llvm::zip_equal(error, matrix.weights)) {
    squares += double(off) * off;
    whole += double(value) * value;
  }
  change.weightError = relativeOutputError(squares, whole);
  change.magnitudes.emplace().add(matrix.weights);
  weightPassed(weight.loc(), getArgument(), weight.name(), change)
      << remark::metric("output_error", relativeOutputError(is, norm))
      << remark::metric("output_error_before", relativeOutputError(was, norm));
}

LogicalResult RefineScalesPass::refine(LinearWeight &weight, const StatisticsRecord &record,
                                       const OriginalWeights &originals) {
  Refusal why;
  auto before = StoredCodes::of(weight, why);
  auto target = before ? originals.find(weight, why) : std::nullopt;
  if (!target) {
    weightMissed(weight.loc(), getArgument(), weight.name()) << remark::reason("{0}", why.reason);
    return success();
  }
  before->matrix.weights = rowsOf(weight, *target);
  target.reset();
  Hessian fitted = Hessian::of(record.fitted, record.inputs),
          held = Hessian::of(record.heldOrFitted(), record.inputs);
  fitted.damp(damping > 0 ? double(damping) : usualDamping(record));
  StoredCodes after = *before;
  descendScales(after.matrix, fitted, passes);
  keepIfBetter(weight, *before, after, held);
  return success();
}

void RefineScalesPass::runOnOperation() {
  if (failed(checkOptions()))
    return signalPassFailure();
  auto originals = OriginalWeights::of(getOperation(), reference);
  if (failed(originals))
    return signalPassFailure();
  auto fit = [&](LinearWeight &weight, const StatisticsRecord &record) {
    return refine(weight, record, *originals);
  };
  if (failed(forEachMeasuredWeight(getOperation(), getArgument(), include, exclude, whyNot, fit)))
    signalPassFailure();
}
