// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Rounds weights so that what they compute of a sample changes least.
#include "lib/Compress/QuantizeGptq/Descent.h"
#include "lib/Compress/QuantizeGptq/ErrorFeedback.h"
#include "lib/Statistics/WeightStatistics.h"
#include "lib/Weights/OutputRows.h"
#include "lib/Weights/Remark.h"
#include "lib/Weights/WriteCodes.h"

#include "mlir/Pass/Pass.h"

#include <cmath>
#include <numeric>

namespace retort {
#define GEN_PASS_DECL
#define GEN_PASS_DEF_QUANTIZEGPTQPASS
#include "lib/Compress/QuantizeGptq/QuantizeGptq.h.inc"
} // namespace retort

using namespace mlir;
using namespace retort;

namespace {
struct GptqOptions {
  StringRef method;
  UniformCode code;
  int64_t groupSize, refine;
  bool actOrder;
  double damping; ///< 0: by the size of the sample
};

/// Turns one weight into codes and scales.
class GptqQuantizer {
public:
  GptqQuantizer(LinearWeight &weight, const StatisticsRecord &record, const GptqOptions &options);
  LogicalResult run();

private:
  void gather();
  void solve();
  void keepTheBetter();
  void replace();
  double damping() const;

  LinearWeight &weight;
  const StatisticsRecord &record;
  const GptqOptions &options;
  OutputRows rows;
  CodeLayout layout;
  GroupedMatrix matrix;
  double takenDamping = 0, outputNorm = 0, errorOfRtn = 0, errorHeld = 0;
  bool isFactored = true, isRtn = false;
};
} // namespace

GptqQuantizer::GptqQuantizer(LinearWeight &weight, const StatisticsRecord &record,
                             const GptqOptions &options)
    : weight(weight), record(record), options(options), rows(weight) {
  int64_t axis = weight.inputAxis(), inputs = weight.type().getDimSize(axis);
  layout = CodeLayout::along(weight.type(), options.code, axis,
                             options.groupSize > inputs ? 0 : options.groupSize);
}

void GptqQuantizer::gather() {
  matrix.outputs = rows.outputs();
  matrix.inputs = rows.inputs();
  matrix.groupSize = layout.groups.group;
  matrix.code = options.code;
  matrix.round = [element = weight.element()](float scale) { return roundTo(element, scale); };
  matrix.weights = rows.gather(weight);
}

double GptqQuantizer::damping() const {
  if (options.damping > 0)
    return options.damping;
  return usualDamping(record);
}

void GptqQuantizer::solve() {
  Hessian hessian = Hessian::of(record.fitted, record.inputs);
  std::vector<int64_t> order(record.inputs);
  std::iota(order.begin(), order.end(), 0);
  if (options.actOrder)
    order = hessian.byFallingDiagonal();
  matrix.roundToNearest(/*search=*/true);
  auto factor = factorInverse(hessian.permuted(order), damping());
  isFactored = factor.has_value();
  if (factor) {
    takenDamping = factor->damping;
    roundWithFeedback(matrix, order, *factor);
  }
  descend(matrix, hessian, options.refine);
}

/// On the rows that were held back; on all of them where the sample was too short for that.
void GptqQuantizer::keepTheBetter() {
  Hessian held = Hessian::of(record.heldOrFitted(), record.inputs);
  outputNorm = outputError(matrix.weights, matrix.outputs, held);
  errorHeld = outputError(matrix.error(), matrix.outputs, held);
  GroupedMatrix nearest = matrix;
  nearest.roundToNearest(/*search=*/false);
  errorOfRtn = outputError(nearest.error(), nearest.outputs, held);
  if (errorHeld <= errorOfRtn)
    return;
  isRtn = true;
  errorHeld = errorOfRtn;
  matrix = std::move(nearest);
}

void GptqQuantizer::replace() {
  Value codes =
      weight.addConstant("_quantized", layout.codeType(), [&](MutableArrayRef<char> bytes) {
        std::fill(bytes.begin(), bytes.end(), 0);
        for (int64_t i = 0; i < matrix.outputs; ++i)
          for (int64_t k = 0; k < matrix.inputs; ++k)
            onnx::storeBits(bytes.data(), options.code.bits, rows.elementAt(i, k),
                            unsigned(matrix.codeAt(i, k)));
      });
  std::vector<UniformScale> scales(layout.groups.entries());
  for (int64_t i = 0; i < matrix.outputs; ++i)
    for (int64_t k = 0; k < matrix.inputs; k += matrix.groupSize)
      scales[layout.groups.entryOf(rows.elementAt(i, k))] = matrix.scaleOf(i, k);
  weight.replaceBy(addDequantize(weight, layout, codes, scales));
}

static double share(double part, double whole) { return whole > 0 ? std::sqrt(part / whole) : 0; }

LogicalResult GptqQuantizer::run() {
  if (failed(weight.checkFinite()))
    return failure();
  gather();
  solve();
  keepTheBetter();
  WeightChange change;
  change.bytesBefore = weight.bytes();
  std::vector<float> error = matrix.error();
  double squares = std::inner_product(error.begin(), error.end(), error.begin(), 0.0);
  double norm =
      std::inner_product(matrix.weights.begin(), matrix.weights.end(), matrix.weights.begin(), 0.0);
  change.weightError = share(squares, norm);
  replace();
  change.bytesAfter = weight.bytes();
  auto remark = weightPassed(weight.loc(), options.method, weight.name(), change);
  remark << remark::metric("bits", options.code.bits)
         << remark::metric("symmetric", options.code.symmetric)
         << remark::metric("group_size", layout.groups.group)
         << remark::metric("damping", takenDamping)
         << remark::metric("output_error", share(errorHeld, outputNorm))
         << remark::metric("output_error_rtn", share(errorOfRtn, outputNorm));
  if (isRtn)
    remark << remark::reason("rounded to nearest, which is closer on the rows held back");
  else if (!isFactored)
    remark << remark::reason("the second moments have no factor: rounded by descent alone");
  else if (options.groupSize > matrix.inputs)
    remark << remark::reason("groups of {0}, which is all inputs that it has, in place of {1}",
                             matrix.inputs, options.groupSize);
  return success();
}

/// Why the method does not take a weight; empty where it does.
static StringRef whyNot(const LinearWeight &weight) {
  if (weight.values.isQuantized())
    return "quantized already";
  if (!weight.values.isPlain())
    return "is written as an expression: this method takes plain weights";
  return weight.element().isF64() ? "scales of f64 do not exist in ONNX" : "";
}

namespace {
struct QuantizeGptqPass : retort::impl::QuantizeGptqPassBase<QuantizeGptqPass> {
  using Base::Base;

  LogicalResult checkOptions() {
    ModuleOp module = getOperation();
    if (bits < 2 || bits > 8)
      return module.emitError() << "expects 'bits' from 2 to 8, found " << int64_t(bits);
    if (groupSize < 0)
      return module.emitError() << "expects a 'group-size' of 0 or more, found "
                                << int64_t(groupSize);
    if (refine < 0)
      return module.emitError() << "expects 'refine' of 0 or more, found " << int64_t(refine);
    if (!(damping >= 0 && damping <= 1))
      return module.emitError() << "expects 'damping' from 0 to 1, found " << shortNumber(damping);
    return success();
  }

  void runOnOperation() override {
    if (failed(checkOptions()))
      return signalPassFailure();
    GptqOptions options{getArgument(), {unsigned(bits), symmetric}, groupSize, refine, actOrder,
                        damping};
    auto quantize = [&](LinearWeight &weight, const StatisticsRecord &record) {
      return GptqQuantizer(weight, record, options).run();
    };
    if (failed(forEachMeasuredWeight(getOperation(), getArgument(), include, exclude, whyNot,
                                     quantize)))
      signalPassFailure();
  }
};
} // namespace
