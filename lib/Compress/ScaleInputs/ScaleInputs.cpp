// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Makes the weights of large inputs larger before they are rounded, and what makes these inputs
// smaller by as much.
#include "lib/Rounding/CodeForm.h"
#include "lib/Scaling/ExponentSearch.h"
#include "lib/Scaling/ScaleSet.h"
#include "lib/Weights/Remark.h"

#include "mlir/Pass/Pass.h"

namespace retort {
#define GEN_PASS_DECL
#define GEN_PASS_DEF_SCALEINPUTSPASS
#include "lib/Compress/ScaleInputs/ScaleInputs.h.inc"
} // namespace retort

using namespace mlir;
using namespace retort;

namespace {
struct ScaleInputsPass : retort::impl::ScaleInputsPassBase<ScaleInputsPass> {
  using Base::Base;

  LogicalResult checkOptions();
  StringRef whyNot(const LinearWeight &weight);
  LogicalResult scale(const InputSet &set, const StatisticsRecord &record);
  void report(const InputSet &set, const ExponentChoice &choice, double outputNorm);
  void runOnOperation() override;

  CodeForm stored;
};
} // namespace

LogicalResult ScaleInputsPass::checkOptions() {
  ModuleOp module = getOperation();
  if (form != "integers" && form != "levels")
    return module.emitError() << "expects 'form' to be integers or levels, found '" << form << "'";
  if (form == "levels" && !symmetric)
    return module.emitError("expects 'symmetric' with 'form=levels', which have no zero points");
  if (rounding != "auto" && rounding != "nearest" && rounding != "sample")
    return module.emitError() << "expects 'rounding' to be auto, nearest or sample, found '"
                              << rounding << "'";
  if (bits < 2 || bits > 8)
    return module.emitError() << "expects 'bits' from 2 to 8, found " << int64_t(bits);
  if (groupSize < 0)
    return module.emitError() << "expects a 'group-size' of 0 or more, found "
                              << int64_t(groupSize);
  if (steps < 1 || steps > 1000)
    return module.emitError() << "expects 'steps' from 1 to 1000, found " << int64_t(steps);
  return success();
}

StringRef ScaleInputsPass::whyNot(const LinearWeight &weight) {
  if (weight.values.isQuantized())
    return "quantized already";
  if (!weight.values.isPlain())
    return "is written as an expression: this method takes plain weights";
  return stored.whyNot(weight);
}

void ScaleInputsPass::report(const InputSet &set, const ExponentChoice &choice, double outputNorm) {
  for (LinearWeight *weight : set.weights) {
    WeightChange change;
    change.bytesBefore = change.bytesAfter = weight->bytes();
    change.exactness = Exactness::Exact;
    weightPassed(weight->loc(), getArgument(), weight->name(), change)
        << remark::metric("exponent", choice.exponent)
        << remark::metric("output_error", relativeOutputError(choice.after.held, outputNorm))
        << remark::metric("output_error_before",
                          relativeOutputError(choice.before.held, outputNorm));
  }
}

LogicalResult ScaleInputsPass::scale(const InputSet &set, const StatisticsRecord &record) {
  ChannelSearch search = findChannelSource(set.activation, set.inputs);
  if (!search.why.empty()) {
    missSet(set, getArgument(), search.why);
    return success();
  }
  Hessian fitted = Hessian::of(record.fitted, record.inputs),
          held = Hessian::of(record.heldOrFitted(), record.inputs);
  std::vector<GroupedMatrix> matrices;
  bool isNarrow = search.source.isNarrow();
  double outputNorm = 0;
  for (LinearWeight *weight : set.weights) {
    if (failed(weight->checkFinite()))
      return failure();
    matrices.push_back(stored.matrixOf(*weight));
    isNarrow |= weight->element().getWidth() < 32;
    outputNorm += outputError(matrices.back().weights, matrices.back().outputs, held);
  }
  std::vector<double> sizes = sizesOf(record.fitted.sumOfSquares, record.fitted.rows);
  auto scalesFor = [&](double exponent) {
    std::vector<float> scales = scalesOf(sizes, exponent, search.source);
    if (isNarrow)
      roundToPowersOfTwo(scales);
    return scales;
  };
  SampleRounding sample{/*refine=*/1, /*actOrder=*/true, usualDamping(record)};
  RoundingAhead ahead;
  if (rounding == "sample")
    ahead.sample = sample;
  ExponentChoice choice = rounding == "auto"
                              ? searchForBoth(matrices, fitted, held, steps, sample, scalesFor)
                              : searchExponent(matrices, fitted, held, steps, ahead, scalesFor);
  if (choice.exponent == 0 || choice.after.held >= choice.before.held) {
    missSet(set, getArgument(),
            choice.exponent == 0 ? "no exponent leaves a smaller error"
                                 : "no smaller error on the rows held back");
    return success();
  }
  scaleSet(getOperation(), set, search.source, choice.scales);
  report(set, choice, outputNorm);
  return success();
}

void ScaleInputsPass::runOnOperation() {
  if (failed(checkOptions()))
    return signalPassFailure();
  stored = CodeForm{{unsigned(bits), symmetric}, groupSize, form == "levels"};
  auto statistics = WeightStatistics::of(getOperation(), getArgument());
  if (failed(statistics))
    return signalPassFailure();
  auto weights = selectLinearWeights(getOperation(), getArgument(), include, exclude);
  if (failed(weights))
    return signalPassFailure();
  for (const InputSet &set : inputSetsOf(*weights)) {
    MeasuredSet measured =
        measureSet(set, *statistics, [&](const LinearWeight &weight) { return whyNot(weight); });
    if (!measured.why.empty() || !set.why.empty())
      missSet(set, getArgument(), measured.why.empty() ? set.why : measured.why);
    else if (failed(scale(set, *measured.record)))
      return signalPassFailure();
  }
}
