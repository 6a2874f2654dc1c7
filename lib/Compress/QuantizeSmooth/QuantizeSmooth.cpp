// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Rounds weights and what they are multiplied with to eight bits.
//
//   %y = onnx.MatMul(%x, %w)
//   ==> compress-quantize-smooth
//   %codes = onnx.QuantizeLinear(%x, %scale, %zero)
//   %inputs = onnx.DequantizeLinear(%codes, %scale, %zero)
//   %y = onnx.MatMul(%inputs, %w)    %w a DequantizeLinear of codes with a scale for each output
#include "lib/Rounding/CodeForm.h"
#include "lib/Scaling/ScaleSet.h"
#include "lib/Scaling/SmoothSearch.h"
#include "lib/Weights/Remark.h"

#include "mlir/Pass/Pass.h"
#include "llvm/ADT/MapVector.h"

#include <cmath>
#include <numeric>

namespace retort {
#define GEN_PASS_DECL
#define GEN_PASS_DEF_QUANTIZESMOOTHPASS
#include "lib/Compress/QuantizeSmooth/QuantizeSmooth.h.inc"
} // namespace retort

using namespace mlir;
using namespace retort;

static double share(double part, double whole) { return whole > 0 ? std::sqrt(part / whole) : 0; }

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
/// What is chosen for a set.
struct Smoothing {
  double alpha = -1; ///< -1: the inputs are not divided
  std::vector<float> scales;
  SetError before, after;
  std::string why; ///< they are not
};

struct QuantizeSmoothPass : retort::impl::QuantizeSmoothPassBase<QuantizeSmoothPass> {
  using Base::Base;

  LogicalResult quantize(InputSet &set, const StatisticsRecord &record);
  Smoothing choose(const SmoothedSet &smoothed, const ChannelSearch &search);
  void roundWeight(LinearWeight &weight, const Smoothing &smoothing, double step, double norm);
  void runOnOperation() override;
};
} // namespace

Smoothing QuantizeSmoothPass::choose(const SmoothedSet &smoothed, const ChannelSearch &search) {
  Smoothing best;
  best.why = search.why;
  best.scales.assign(smoothed.fitted.size, 1);
  best.before = best.after = smoothed.errorOf(best.scales);
  if (!best.why.empty())
    return best;
  bool isGiven = alpha >= 0;
  for (int step = 0; step <= (isGiven ? 0 : 10); ++step) {
    double tried = isGiven ? double(alpha) : step / 10.0;
    std::vector<float> scales = smoothed.scalesOf(tried, search.source);
    SetError error = smoothed.errorOf(scales);
    bool isBetter = error.fitted < best.after.fitted && error.held < best.before.held;
    if (isGiven || isBetter) {
      best.alpha = tried;
      best.scales = std::move(scales);
      best.after = error;
    }
  }
  if (best.alpha < 0)
    best.why = "no alpha leaves a smaller error";
  return best;
}

/// What products with the weights of a set read is rounded, once for all of them.
static void roundInputs(const InputSet &set, double step) {
  llvm::MapVector<Value, SmallVector<OpOperand *>> readers;
  for (LinearWeight *weight : set.weights) {
    WeightUse use = weight->uses().front();
    unsigned slot = use.operand->getOperandNumber() == 0 ? 1 : 0;
    readers[use.activation()].push_back(&use.op()->getOpOperand(slot));
  }
  LinearWeight &first = *set.weights.front();
  Builder types(first.op->getContext());
  auto byteType = types.getI8Type();
  Value scale = first.addConstant("_input_scale", RankedTensorType::get({}, types.getF32Type()),
                                  [&](MutableArrayRef<char> bytes) {
                                    float number = float(step);
                                    std::memcpy(bytes.data(), &number, sizeof(number));
                                  });
  Value zero = first.addConstant("_input_zero_point", RankedTensorType::get({}, byteType),
                                 [](MutableArrayRef<char> bytes) { bytes[0] = 0; });
  // Other products may come before the weight that the constants were put in front of.
  Value input = set.activation;
  Block *block = input.getParentBlock();
  Operation *last = input.getDefiningOp();
  for (Value constant : {scale, zero}) {
    last ? constant.getDefiningOp()->moveAfter(last)
         : constant.getDefiningOp()->moveBefore(block, block->begin());
    last = constant.getDefiningOp();
  }
  OpBuilder builder(last);
  builder.setInsertionPointAfter(last);
  for (auto &[activation, operands] : readers) {
    if (activation != set.activation)
      builder.setInsertionPointAfterValue(activation);
    auto type = cast<RankedTensorType>(activation.getType());
    Location loc = activation.getLoc();
    Type results[] = {type.clone(byteType), type};
    Value codes = onnx::QuantizeLinearOp::create(builder, loc, results[0],
                                                 ValueRange{activation, scale, zero});
    // ONNX Runtime fuses a product with a DequantizeLinear that nothing else reads.
    for (OpOperand *operand : operands)
      operand->set(onnx::DequantizeLinearOp::create(builder, loc, results[1],
                                                    ValueRange{codes, scale, zero}));
  }
}

void QuantizeSmoothPass::roundWeight(LinearWeight &weight, const Smoothing &smoothing, double step,
                                     double norm) {
  GroupedMatrix matrix = stored.matrixOf(weight);
  matrix.roundToNearest(/*search=*/false);
  std::vector<float> error = matrix.error();
  auto squares = [](ArrayRef<float> list) {
    return std::inner_product(list.begin(), list.end(), list.begin(), 0.0);
  };
  WeightChange change;
  change.bytesBefore = weight.bytes();
  change.weightError = share(squares(error), squares(matrix.weights));
  change.magnitudes.emplace().add(matrix.weights);
  stored.replace(weight, matrix);
  change.bytesAfter = weight.bytes();
  auto remark = weightPassed(weight.loc(), getArgument(), weight.name(), change);
  remark << remark::metric("bits", 8) << remark::metric("input_step", step);
  if (smoothing.why.empty())
    remark << remark::metric("alpha", smoothing.alpha);
  remark << remark::metric("output_error", share(smoothing.after.held, norm))
         << remark::metric("output_error_before", share(smoothing.before.held, norm));
  if (!smoothing.why.empty())
    remark << remark::reason("inputs are not divided: {0}", smoothing.why);
}

LogicalResult QuantizeSmoothPass::quantize(InputSet &set, const StatisticsRecord &record) {
  SmoothedSet smoothed{{},
                       &record,
                       Hessian::of(record.fitted, record.inputs),
                       Hessian::of(record.heldOrFitted(), record.inputs)};
  double norm = 0;
  for (LinearWeight *weight : set.weights) {
    if (failed(weight->checkFinite()))
      return failure();
    GroupedMatrix &matrix = smoothed.matrices.emplace_back(stored.matrixOf(*weight));
    norm += outputError(matrix.weights, matrix.outputs, smoothed.held);
  }
  ChannelSearch search;
  if (set.why.empty())
    search = findChannelSource(set.activation, set.inputs);
  else
    search.why = set.why;
  Smoothing smoothing = choose(smoothed, search);
  if (smoothing.why.empty())
    scaleSet(getOperation(), set, search.source, smoothing.scales);
  double step = std::max(smoothed.stepOf(record.fitted, smoothing.scales),
                         smoothed.stepOf(record.heldOrFitted(), smoothing.scales));
  roundInputs(set, step);
  for (LinearWeight *weight : set.weights)
    roundWeight(*weight, smoothing, step, norm);
  return success();
}

void QuantizeSmoothPass::runOnOperation() {
  ModuleOp module = getOperation();
  if (alpha > 1 || (alpha < 0 && alpha != -1)) {
    module.emitError() << "expects 'alpha' from 0 to 1, or -1, found " << shortNumber(alpha);
    return signalPassFailure();
  }
  auto statistics = WeightStatistics::of(module, getArgument());
  if (failed(statistics))
    return signalPassFailure();
  auto weights = selectLinearWeights(module, getArgument(), include, exclude);
  if (failed(weights))
    return signalPassFailure();
  for (InputSet &set : inputSetsOf(*weights)) {
    MeasuredSet measured = measureSet(set, *statistics, whyNot);
    // Others that read the activation go on to read it as it is.
    if (!measured.why.empty() || !set.activation)
      missSet(set, getArgument(), measured.why.empty() ? set.why : measured.why);
    else if (failed(quantize(set, *measured.record)))
      return signalPassFailure();
  }
}
