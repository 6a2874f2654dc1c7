// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Rounds weights so that what they compute of a sample changes least.
#include "lib/Replay/FitInOrder.h"
#include "lib/Rounding/FormatMap.h"
#include "lib/Rounding/RoundToSample.h"
#include "lib/Rounding/Sides.h"
#include "lib/Statistics/WeightStatistics.h"
#include "lib/Weights/KeptWeight.h"
#include "lib/Weights/PartialResults.h"
#include "lib/Weights/Remark.h"

#include "mlir/Pass/Pass.h"
#include "llvm/Support/FormatVariadic.h"

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
  SampleRounding rounding;
  RoundingSides sides = RoundingSides::Auto;

  /// Of all but the form that says which codes a weight gets.
  std::string text() const {
    return llvm::formatv("{0} {1} {2} {3} {4}", method, rounding.refine, rounding.actOrder,
                         rounding.damping, int(sides));
  }
};

/// Turns weights into codes and scales, one after the other.
class GptqQuantizer {
public:
  GptqQuantizer(GptqOptions options, WeightStatistics &known, PartialResults &partial)
      : options(std::move(options)), known(known), partial(partial) {}
  LogicalResult quantize(LinearWeight &weight, const StatisticsRecord &record,
                         const CodeForm &form);
  /// Codes that are near to `target`, in rows of outputs (empty: to the weight); stored on demand.
  FailureOr<FittedWeight> fit(LinearWeight &weight, const StatisticsRecord &record,
                              const CodeForm &form, std::vector<float> target);

private:
  /// A weight as codes, and what is to be said of it.
  struct Quantized {
    CodeForm form;
    GroupedMatrix matrix;
    WeightChange change;
    int64_t rows = 0; ///< of the sample that reached it
    double damping = 0, error = 0, errorOfRtn = 0;
    bool isRtn = false, hasFactor = true, isTwoSided = false;

    std::string save() const;
    bool load(StringRef bytes);
  };
  void round(Quantized &result, const StatisticsRecord &record, const OutputStatistics *outputs);
  void keepTheBetter(Quantized &result,
                     llvm::function_ref<double(ArrayRef<float>)> heldError) const;
  void store(LinearWeight &weight, Quantized &result, FittedWeight::AddMetrics more) const;

  GptqOptions options;
  WeightStatistics &known;
  PartialResults &partial;
  /// Of the last record: weights that share one come one after the other.
  const StatisticsRecord *last = nullptr;
  std::optional<RoundingStatistics> statistics;
};
} // namespace

/// On the rows that were held back; on all of them where the sample was too short for that.
void GptqQuantizer::keepTheBetter(Quantized &result,
                                  llvm::function_ref<double(ArrayRef<float>)> heldError) const {
  GroupedMatrix &matrix = result.matrix;
  double norm = heldError(matrix.weights), error = heldError(matrix.error());
  GroupedMatrix nearest = matrix;
  nearest.roundToNearest(/*search=*/false);
  double errorOfRtn = heldError(nearest.error());
  result.isRtn = error > errorOfRtn;
  if (result.isRtn)
    matrix = std::move(nearest);
  result.error = relativeOutputError(std::min(error, errorOfRtn), norm);
  result.errorOfRtn = relativeOutputError(errorOfRtn, norm);
}

void GptqQuantizer::round(Quantized &result, const StatisticsRecord &record,
                          const OutputStatistics *outputs) {
  result.isTwoSided = outputs;
  std::optional<InverseFactor> const *factor;
  std::optional<TwoSidedStatistics> both;
  if (outputs) {
    both.emplace(record, *outputs, options.rounding);
    roundToSample(result.matrix, *both, options.rounding);
    keepTheBetter(result, [&](ArrayRef<float> error) { return both->heldError(error); });
    factor = &both->inputFactor;
  } else {
    if (last != &record)
      statistics.emplace(record, options.rounding);
    last = &record;
    roundToSample(result.matrix, *statistics, options.rounding);
    keepTheBetter(result, [&](ArrayRef<float> error) {
      return outputError(error, result.matrix.outputs, statistics->held);
    });
    factor = &statistics->factor;
  }
  result.hasFactor = factor->has_value();
  result.damping = result.hasFactor ? (*factor)->damping : 0;
}

std::string GptqQuantizer::Quantized::save() const {
  const double numbers[] = {damping,           error, errorOfRtn, double(isRtn), double(hasFactor),
                            double(isTwoSided)};
  return BytesWriter()
      .put(ArrayRef(numbers))
      .put(ArrayRef(matrix.ladder))
      .put(ArrayRef(matrix.scales))
      .put(ArrayRef(matrix.codes))
      .bytes()
      .str();
}

bool GptqQuantizer::Quantized::load(StringRef bytes) {
  double numbers[6];
  matrix.codes.resize(matrix.weights.size());
  matrix.scales.resize(matrix.outputs * matrix.groups());
  BytesReader reader(bytes);
  bool isWhole = reader.take(MutableArrayRef(numbers)) &&
                 reader.take(MutableArrayRef<compress::ScaleLadder>(matrix.ladder)) &&
                 reader.take(MutableArrayRef(matrix.scales)) &&
                 reader.take(MutableArrayRef(matrix.codes)) && reader.isAtEnd();
  damping = numbers[0];
  error = numbers[1];
  errorOfRtn = numbers[2];
  isRtn = numbers[3] != 0;
  hasFactor = numbers[4] != 0;
  isTwoSided = numbers[5] != 0;
  return isWhole;
}

/// The weight in a form, for partial results.
static std::string keyOf(const LinearWeight &weight, const CodeForm &form) {
  return llvm::formatv("{0} {1} {2} {3} {4} {5}", weight.name(), form.code.bits,
                       form.code.symmetric, form.groupSize, form.isLevels, form.halfScales);
}

FailureOr<FittedWeight> GptqQuantizer::fit(LinearWeight &weight, const StatisticsRecord &record,
                                           const CodeForm &form, std::vector<float> target) {
  if (failed(weight.checkFinite()))
    return failure();
  auto result = std::make_shared<Quantized>();
  result->form = form;
  result->rows = record.fitted.rows;
  GroupedMatrix &matrix = result->matrix;
  matrix = form.matrixOf(weight);
  std::vector<float> original;
  if (!target.empty())
    original = std::exchange(matrix.weights, std::move(target));
  // A target, and the record then, are of this run.
  bool isKept = original.empty();
  std::string key = keyOf(weight, form);
  auto kept = isKept ? partial.find(key, matrix.weights) : std::nullopt;
  if (!kept || !result->load(*kept)) {
    round(*result, record, outputsToWeigh(options.sides, known, weight, record));
    if (isKept)
      partial.add(key, matrix.weights, result->save());
  }
  FittedWeight fitted;
  fitted.rows = matrix.values();
  RelativeError difference;
  difference.add(original.empty() ? matrix.weights : original, fitted.rows);
  result->change.weightError = difference.value();
  result->change.magnitudes = difference.magnitudes();
  fitted.store = [this, &weight, result](FittedWeight::AddMetrics more) {
    store(weight, *result, more);
  };
  return fitted;
}

void GptqQuantizer::store(LinearWeight &weight, Quantized &result,
                          FittedWeight::AddMetrics more) const {
  const CodeForm &form = result.form;
  int64_t inputs = result.matrix.inputs;
  result.change.bytesBefore = weight.bytes();
  form.replace(weight, result.matrix);
  result.change.bytesAfter = weight.bytes();
  auto remark = weightPassed(weight.loc(), options.method, weight.name(), result.change);
  remark << remark::metric("bits", form.code.bits)
         << remark::metric("symmetric", form.code.symmetric)
         << remark::metric("levels", form.isLevels)
         << remark::metric("group_size", result.matrix.groupSize)
         << remark::metric("sides", result.isTwoSided ? 2 : 1)
         << remark::metric("damping", result.rows > 0 ? result.damping : 0);
  if (result.rows > 0)
    remark << remark::metric("output_error", result.error)
           << remark::metric("output_error_rtn", result.errorOfRtn);
  if (result.rows == 0)
    remark << remark::reason("no row of the sample reached it: rounded to nearest, with scales of "
                             "least squares");
  else if (result.isRtn)
    remark << remark::reason("rounded to nearest, which is closer on the rows held back");
  else if (!result.hasFactor)
    remark << remark::reason("the second moments have no factor: rounded by descent alone");
  else if (result.rows < inputs)
    remark << remark::reason("{0} rows of the sample reached its {1} inputs, fewer than there are: "
                             "their second moments are damped the more",
                             result.rows, inputs);
  else if (form.groupSize > inputs)
    remark << remark::reason("groups of {0}, which is all inputs that it has, in place of {1}",
                             inputs, form.groupSize);
  if (more)
    more(remark);
}

LogicalResult GptqQuantizer::quantize(LinearWeight &weight, const StatisticsRecord &record,
                                      const CodeForm &form) {
  auto fitted = fit(weight, record, form, {});
  if (failed(fitted))
    return failure();
  fitted->store(nullptr);
  return success();
}

/// Why the method does not take a weight; empty where it does.
static StringRef whyNot(const LinearWeight &weight, const CodeForm &form) {
  if (StringRef reason = whyNotNumbers(weight); !reason.empty() && !KeptWeight::of(weight))
    return reason;
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
    auto chosen = parseSides(getOperation(), getArgument(), sides, sequential);
    if (failed(chosen))
      return signalPassFailure();
    GptqOptions options{getArgument(), {refine, actOrder, damping}, *chosen};
    auto refusal = [&](const LinearWeight &weight) { return whyNot(weight, map->formOf(weight)); };
    auto measured = selectMeasuredWeights(getOperation(), getArgument(), include, exclude, refusal,
                                          {KeptSums::Gram, /*rows=*/sequential});
    if (failed(measured))
      return signalPassFailure();
    if (failed(checkSides(getOperation(), getArgument(), *chosen, measured->statistics)))
      return signalPassFailure();
    PartialResults partial(getOperation(), options.text() + " " + measured->statistics.key());
    GptqQuantizer quantizer(options, measured->statistics, partial);
    if (failed(quantizeAll(quantizer, *measured, *map)))
      return signalPassFailure();
    map->reportUnused(getOperation(), getArgument());
  }

  LogicalResult quantizeAll(GptqQuantizer &quantizer, MeasuredWeights &measured, FormatMap &map) {
    if (sequential)
      return fitInOrder(
          getOperation(), getArgument(), measured,
          [&](LinearWeight &weight, const StatisticsRecord &record, std::vector<float> target) {
            return quantizer.fit(weight, record, map.formOf(weight), std::move(target));
          });
    for (auto &[weight, record] : measured.list)
      if (failed(quantizer.quantize(weight, *record, map.formOf(weight))))
        return failure();
    return success();
  }
};
} // namespace
