// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Rounds weights so that what they compute of a sample changes least.
#include "lib/Rounding/FormatMap.h"
#include "lib/Rounding/RoundToSample.h"
#include "lib/Statistics/WeightStatistics.h"
#include "lib/Weights/Remark.h"

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
  CodeForm form;
  SampleRounding rounding;
};

/// Turns weights into codes and scales, one after the other.
class GptqQuantizer {
public:
  explicit GptqQuantizer(GptqOptions options) : options(std::move(options)) {}
  LogicalResult quantize(LinearWeight &weight, const StatisticsRecord &record,
                         const CodeForm &form);

private:
  void keepTheBetter();
  void report(LinearWeight &weight, const WeightChange &change);

  GptqOptions options;
  GroupedMatrix matrix;
  /// Of the last record: weights that share one come one after the other.
  const StatisticsRecord *last = nullptr;
  std::optional<RoundingStatistics> statistics;
  double outputNorm = 0, errorOfRtn = 0, errorHeld = 0;
  bool isRtn = false;
};
} // namespace

/// On the rows that were held back; on all of them where the sample was too short for that.
void GptqQuantizer::keepTheBetter() {
  const Hessian &held = statistics->held;
  outputNorm = outputError(matrix.weights, matrix.outputs, held);
  errorHeld = outputError(matrix.error(), matrix.outputs, held);
  GroupedMatrix nearest = matrix;
  nearest.roundToNearest(/*search=*/false);
  errorOfRtn = outputError(nearest.error(), nearest.outputs, held);
  isRtn = errorHeld > errorOfRtn;
  if (!isRtn)
    return;
  errorHeld = errorOfRtn;
  matrix = std::move(nearest);
}

static double share(double part, double whole) { return whole > 0 ? std::sqrt(part / whole) : 0; }

LogicalResult GptqQuantizer::quantize(LinearWeight &weight, const StatisticsRecord &record,
                                      const CodeForm &form) {
  options.form = form;
  if (failed(weight.checkFinite()))
    return failure();
  if (last != &record)
    statistics.emplace(record, options.rounding);
  last = &record;
  matrix = options.form.matrixOf(weight);
  roundToSample(matrix, *statistics, options.rounding);
  keepTheBetter();
  WeightChange change;
  change.bytesBefore = weight.bytes();
  std::vector<float> error = matrix.error();
  double squares = std::inner_product(error.begin(), error.end(), error.begin(), 0.0);
  double norm =
      std::inner_product(matrix.weights.begin(), matrix.weights.end(), matrix.weights.begin(), 0.0);
  change.weightError = share(squares, norm);
  change.magnitudes.emplace().add(matrix.weights);
  options.form.replace(weight, matrix);
  change.bytesAfter = weight.bytes();
  report(weight, change);
  return success();
}

void GptqQuantizer::report(LinearWeight &weight, const WeightChange &change) {
  const CodeForm &form = options.form;
  auto remark = weightPassed(weight.loc(), options.method, weight.name(), change);
  remark << remark::metric("bits", form.code.bits)
         << remark::metric("symmetric", form.code.symmetric)
         << remark::metric("levels", form.isLevels)
         << remark::metric("group_size", matrix.groupSize)
         << remark::metric("damping", statistics->factor ? statistics->factor->damping : 0)
         << remark::metric("output_error", share(errorHeld, outputNorm))
         << remark::metric("output_error_rtn", share(errorOfRtn, outputNorm));
  if (isRtn)
    remark << remark::reason("rounded to nearest, which is closer on the rows held back");
  else if (!statistics->factor)
    remark << remark::reason("the second moments have no factor: rounded by descent alone");
  else if (form.groupSize > matrix.inputs)
    remark << remark::reason("groups of {0}, which is all inputs that it has, in place of {1}",
                             matrix.inputs, form.groupSize);
}

/// Why the method does not take a weight; empty where it does.
static StringRef whyNot(const LinearWeight &weight, const CodeForm &form) {
  if (weight.values.isQuantized())
    return "quantized already";
  if (!weight.values.isPlain())
    return "is written as an expression: this method takes plain weights";
  return form.whyNot(weight);
}

namespace {
struct QuantizeGptqPass : retort::impl::QuantizeGptqPassBase<QuantizeGptqPass> {
  using Base::Base;

  LogicalResult checkOptions() {
    ModuleOp module = getOperation();
    if (failed(verifyForm(module, form, symmetric)))
      return failure();
    if (scales != "f32" && scales != "f16")
      return module.emitError() << "expects 'scales' to be f32 or f16, found '" << scales << "'";
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
    CodeForm own{{unsigned(bits), symmetric}, groupSize, form == "levels", scales == "f16"};
    auto map = FormatMap::parse(getOperation(), formats, own);
    if (failed(map))
      return signalPassFailure();
    GptqQuantizer quantizer({getArgument(), own, {refine, actOrder, damping}});
    auto refusal = [&](const LinearWeight &weight) { return whyNot(weight, map->formOf(weight)); };
    auto quantize = [&](LinearWeight &weight, const StatisticsRecord &record) {
      return quantizer.quantize(weight, record, map->formOf(weight));
    };
    if (failed(forEachMeasuredWeight(getOperation(), getArgument(), include, exclude, refusal,
                                     quantize)))
      return signalPassFailure();
    map->reportUnused(getOperation(), getArgument());
  }
};
} // namespace
