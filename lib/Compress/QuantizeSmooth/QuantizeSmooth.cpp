// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Rounds weights and what they are multiplied with to eight bits.
//
//   %y = onnx.MatMul(%x, %w)
//   ==> compress-quantize-smooth
//   %codes = onnx.QuantizeLinear(%x, %scale, %zero)    or DynamicQuantizeLinear(%x)
//   %inputs = onnx.DequantizeLinear(%codes, %scale, %zero)
//   %y = onnx.MatMul(%inputs, %w)    %w a DequantizeLinear of codes with a scale for each output
#include "lib/Compress/QuantizeSmooth/RoundInputs.h"
#include "lib/Rounding/CodeForm.h"
#include "lib/Scaling/ScaleSet.h"
#include "lib/Weights/Remark.h"

#include "mlir/Pass/Pass.h"

#include <numeric>

namespace retort {
#define GEN_PASS_DECL
#define GEN_PASS_DEF_QUANTIZESMOOTHPASS
#include "lib/Compress/QuantizeSmooth/QuantizeSmooth.h.inc"
} // namespace retort

using namespace mlir;
using namespace retort;

/// What the weights of a set have in common.
static const CodeForm stored{{8, true}, /*groupSize=*/0};

static StringRef whyNot(const LinearWeight &weight) {
  if (weight.values.isQuantized())
    return "quantized already";
  if (!weight.values.isPlain())
    return "is written as an expression: this method takes plain weights";
  return weight.element().isF32() ? "" : "activations of other types than f32 stay as they are";
}

namespace {
/// What is done to a set.
struct Smoothing {
  InputSet *set = nullptr;
  double alpha = -1;      ///< -1: the inputs are not divided
  std::string why;        ///< they are not
  double errorBefore = 0; ///< of the outputs, where both are rounded as they are
};

struct QuantizeSmoothPass : retort::impl::QuantizeSmoothPassBase<QuantizeSmoothPass> {
  using Base::Base;

  LogicalResult checkOptions();
  FailureOr<SmoothedSet> read(const InputSet &set, const StatisticsRecord &record);
  LogicalResult smooth(Smoothing &smoothing, const StatisticsRecord &record);
  void choose(Smoothing &smoothing, const SmoothedSet &smoothed, const ChannelSource &source);
  LogicalResult quantize(const Smoothing &smoothing, const StatisticsRecord &record);
  void roundWeight(LinearWeight &weight, GroupedMatrix &matrix);
  void runOnOperation() override;

  CodeForm rounded;
};

/// What the remarks of a set say.
struct SetReport {
  StringRef method;
  const Smoothing &smoothing;
  double error, inputError, step;
  bool keepsInputs, isDynamic;

  void emit(LinearWeight &weight, const WeightChange &change) const;
};
} // namespace

LogicalResult QuantizeSmoothPass::checkOptions() {
  ModuleOp module = getOperation();
  if (alpha > 1 || (alpha < 0 && alpha != -1))
    return module.emitError() << "expects 'alpha' from 0 to 1, or -1, found " << shortNumber(alpha);
  if (activations != "static" && activations != "dynamic")
    return module.emitError() << "expects 'activations' to be static or dynamic, found '"
                              << activations << "'";
  if (!(limit >= 0))
    return module.emitError() << "expects a 'limit' of 0 or more, found " << shortNumber(limit);
  return success();
}

FailureOr<SmoothedSet> QuantizeSmoothPass::read(const InputSet &set,
                                                const StatisticsRecord &record) {
  SmoothedSet smoothed{{},
                       &record,
                       Hessian::of(record.fitted, record.inputs),
                       Hessian::of(record.heldOrFitted(), record.inputs)};
  for (LinearWeight *weight : set.weights) {
    if (failed(weight->checkFinite()))
      return failure();
    smoothed.matrices.push_back(rounded.matrixOf(*weight));
  }
  return smoothed;
}

static double normOf(const SmoothedSet &smoothed) {
  double norm = 0;
  for (const GroupedMatrix &matrix : smoothed.matrices)
    norm += outputError(matrix.weights, matrix.outputs, smoothed.held);
  return norm;
}

void QuantizeSmoothPass::choose(Smoothing &smoothing, const SmoothedSet &smoothed,
                                const ChannelSource &source) {
  std::vector<float> scales(smoothed.fitted.size, 1);
  SetError before = smoothed.errorOf(scales), after = before;
  smoothing.errorBefore = relativeOutputError(before.held, normOf(smoothed));
  if (!smoothing.why.empty())
    return;
  bool isGiven = alpha >= 0;
  for (int step = 0; step <= (isGiven ? 0 : 10); ++step) {
    double tried = isGiven ? double(alpha) : step / 10.0;
    std::vector<float> others = smoothed.scalesOf(tried, source);
    SetError error = smoothed.errorOf(others);
    if (!isGiven && (error.fitted >= after.fitted || error.held >= before.held))
      continue;
    smoothing.alpha = tried;
    scales = std::move(others);
    after = error;
  }
  if (smoothing.alpha < 0)
    smoothing.why = "no alpha leaves a smaller error";
  else
    scaleSet(getOperation(), *smoothing.set, source, scales);
}

/// Before any weight is rounded: what makes the inputs of one set is often a weight of another.
LogicalResult QuantizeSmoothPass::smooth(Smoothing &smoothing, const StatisticsRecord &record) {
  InputSet &set = *smoothing.set;
  auto smoothed = read(set, record);
  if (failed(smoothed))
    return failure();
  ChannelSearch search;
  if (set.why.empty())
    search = findChannelSource(set.activation, set.inputs);
  smoothing.why = set.why.empty() ? search.why : set.why;
  choose(smoothing, *smoothed, search.source);
  return success();
}

void QuantizeSmoothPass::roundWeight(LinearWeight &weight, GroupedMatrix &matrix) {
  matrix.roundToNearest(/*search=*/false);
  stored.replace(weight, matrix);
}

void SetReport::emit(LinearWeight &weight, const WeightChange &change) const {
  auto remark = weightPassed(weight.loc(), method, weight.name(), change);
  remark << remark::metric("bits", 8) << remark::metric("rounds_inputs", !keepsInputs);
  if (!keepsInputs && !isDynamic)
    remark << remark::metric("input_step", step);
  if (smoothing.why.empty())
    remark << remark::metric("alpha", smoothing.alpha);
  remark << remark::metric("output_error", error)
         << remark::metric("output_error_before", smoothing.errorBefore);
  if (keepsInputs)
    remark << remark::reason("inputs stay f32: rounding them costs {0} of the outputs, more than "
                             "the limit",
                             shortNumber(inputError));
  else if (!smoothing.why.empty())
    remark << remark::reason("inputs are not divided: {0}", smoothing.why);
}

LogicalResult QuantizeSmoothPass::quantize(const Smoothing &smoothing,
                                           const StatisticsRecord &record) {
  InputSet &set = *smoothing.set;
  auto smoothed = read(set, record);
  if (failed(smoothed))
    return failure();
  std::vector<float> ones(smoothed->fitted.size, 1);
  InputRange range;
  range.add(record.fitted, ones);
  range.add(record.heldOrFitted(), ones);
  double norm = normOf(*smoothed), inputs = smoothed->inputError(ones).held,
         both = smoothed->errorOf(ones).held;
  SetReport report{
      getArgument(), smoothing, relativeOutputError(both, norm), relativeOutputError(inputs, norm),
      range.step(),  false,     activations == "dynamic"};
  report.keepsInputs = limit > 0 && report.inputError > limit;
  if (report.keepsInputs)
    report.error = relativeOutputError(both - inputs, norm);
  else
    report.isDynamic ? roundAsTheyCome(set) : roundInputs(set, range);
  for (auto [weight, matrix] : llvm::zip_equal(set.weights, smoothed->matrices)) {
    WeightChange change;
    change.bytesBefore = weight->bytes();
    change.magnitudes.emplace().add(matrix.weights);
    roundWeight(*weight, matrix);
    change.bytesAfter = weight->bytes();
    std::vector<float> error = matrix.error();
    auto squares = [](ArrayRef<float> list) {
      return std::inner_product(list.begin(), list.end(), list.begin(), 0.0);
    };
    change.weightError = relativeOutputError(squares(error), squares(matrix.weights));
    report.emit(*weight, change);
  }
  return success();
}

void QuantizeSmoothPass::runOnOperation() {
  ModuleOp module = getOperation();
  if (failed(checkOptions()))
    return signalPassFailure();
  rounded = CodeForm{{reduceRange ? 7u : 8u, true}, /*groupSize=*/0};
  auto statistics = WeightStatistics::of(module, getArgument());
  if (failed(statistics))
    return signalPassFailure();
  auto weights = selectLinearWeights(module, getArgument(), include, exclude);
  if (failed(weights))
    return signalPassFailure();
  std::vector<InputSet> sets = inputSetsOf(*weights);
  std::vector<Smoothing> chosen;
  for (InputSet &set : sets) {
    MeasuredSet measured = measureSet(set, *statistics, whyNot);
    // Others that read the activation go on to read it as it is.
    if (!measured.why.empty() || !set.activation)
      missSet(set, getArgument(), measured.why.empty() ? set.why : measured.why);
    else if (failed(smooth(chosen.emplace_back(Smoothing{&set}), *measured.record)))
      return signalPassFailure();
  }
  for (const Smoothing &smoothing : chosen)
    if (failed(quantize(smoothing, *measureSet(*smoothing.set, *statistics, whyNot).record)))
      return signalPassFailure();
}
