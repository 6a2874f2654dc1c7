// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Gives each matrix the bits that serve the model most, within a budget.
//
//   %w = onnx.initializer "w"     ->  %w = compress.decode_levels(%codes, %scales, %ladder)
#include "lib/Compress/Allocate/Survey.h"
#include "lib/Weights/Remark.h"

#include "dialects/Retort/Names.h"

#include "mlir/Pass/Pass.h"

#include <cmath>

namespace retort {
#define GEN_PASS_DECL
#define GEN_PASS_DEF_ALLOCATEPASS
#include "lib/Compress/Allocate/Allocate.h.inc"
} // namespace retort

using namespace mlir;
using namespace retort;

/// Of descent, where forms are compared: what later passes bring is much the same for all.
static constexpr int64_t surveyPasses = 2;

namespace {
struct AllocatePass : retort::impl::AllocatePassBase<AllocatePass> {
  using Base::Base;

  LogicalResult checkOptions();
  FailureOr<std::vector<Candidate>> readCandidates();
  SampleRounding rounding() const { return {refine, /*actOrder=*/true, /*damping=*/0}; }
  FailureOr<std::vector<SurveyedWeight>> surveyAll(const MeasuredWeights &measured,
                                                   ArrayRef<Candidate> forms);
  FailureOr<KnapsackChoice> choose(ArrayRef<SurveyedWeight> weights);
  void replace(SurveyedWeight &each, size_t option, RecordRounding &rounding);
  void report(ArrayRef<SurveyedWeight> weights, const KnapsackChoice &choice, int64_t budget);
  LogicalResult run();

  void runOnOperation() override {
    if (failed(checkOptions()) || failed(run()))
      signalPassFailure();
  }
};
} // namespace

LogicalResult AllocatePass::checkOptions() {
  ModuleOp module = getOperation();
  if (!(targetBits > 0 && targetBits <= 32))
    return module.emitError() << "'" << getArgument()
                              << "' expects 'target-bits' above 0 and up to 32, found "
                              << shortNumber(targetBits);
  if (refine < 0)
    return module.emitError() << "expects 'refine' of 0 or more, found " << int64_t(refine);
  return success();
}

FailureOr<std::vector<Candidate>> AllocatePass::readCandidates() {
  ModuleOp module = getOperation();
  auto emission = module->getAttrOfType<StringAttr>(names::emission);
  bool isOnnx = emission && emission.getValue() == "onnx";
  auto forms =
      parseCandidates(candidates.empty() ? usualCandidates(isOnnx) : StringRef(candidates));
  if (!forms)
    return module.emitError() << "'" << getArgument() << "' " << llvm::toString(forms.takeError());
  return std::move(*forms);
}

/// Why the method does not take a weight; empty where it does.
static StringRef whyNot(const LinearWeight &weight, ArrayRef<Candidate> forms) {
  if (weight.values.isQuantized())
    return "quantized already";
  if (!weight.values.isPlain())
    return "is written as an expression: this method takes plain weights";
  for (const Candidate &form : forms)
    if (form.form.whyNot(weight).empty())
      return "";
  return forms.front().form.whyNot(weight);
}

FailureOr<std::vector<SurveyedWeight>> AllocatePass::surveyAll(const MeasuredWeights &measured,
                                                               ArrayRef<Candidate> forms) {
  SampleRounding surveyed = rounding();
  surveyed.refine = std::min<int64_t>(surveyed.refine, surveyPasses);
  std::string path = measured.path + ".options", words = "gptq, " +
                                                         std::to_string(surveyed.refine) +
                                                         " passes of descent, a fourth of the rows";
  OptionsFile file = OptionsFile::open(path, measured.statistics.key(), words);
  auto weights = survey(measured, forms, surveyed, file);
  if (succeeded(weights) && file.isChanged() && !file.isForeign())
    file.write(path);
  return weights;
}

static int64_t countNumbers(ArrayRef<SurveyedWeight> weights) {
  int64_t sum = 0;
  for (const SurveyedWeight &each : weights)
    sum += each.weight.type().getNumElements();
  return sum;
}

FailureOr<KnapsackChoice> AllocatePass::choose(ArrayRef<SurveyedWeight> weights) {
  std::vector<KnapsackItem> items;
  for (const SurveyedWeight &each : weights)
    items.push_back(each.item());
  auto numbers = double(countNumbers(weights));
  auto choice = chooseOptions(items, int64_t(targetBits / 8 * numbers));
  if (!choice)
    return getOperation().emitError()
           << "'" << getArgument() << "' expects 'target-bits' of at least "
           << shortNumber(std::ceil(1e4 * 8 * double(leastBytes(items)) / numbers) / 1e4)
           << ", which the smallest candidates take, found " << shortNumber(targetBits);
  return *choice;
}

void AllocatePass::replace(SurveyedWeight &each, size_t option, RecordRounding &rounding) {
  const CodeForm &form = each.candidates[option]->form;
  GroupedMatrix matrix = rounding.round(each.weight, *each.record, form);
  double error = rounding.heldError(matrix), norm = rounding.heldNorm(matrix);
  GroupedMatrix nearest = matrix;
  nearest.roundToNearest(/*search=*/false);
  double errorOfRtn = rounding.heldError(nearest);
  bool isRtn = errorOfRtn < error;
  if (isRtn) {
    matrix = std::move(nearest);
    error = errorOfRtn;
  }
  WeightChange change;
  change.bytesBefore = each.weight.bytes();
  std::vector<float> values = matrix.weights;
  for (auto [value, off] : llvm::zip_equal(values, matrix.error()))
    value += off;
  RelativeError difference;
  difference.add(matrix.weights, values);
  change.weightError = difference.value();
  change.magnitudes = difference.magnitudes();
  form.replace(each.weight, matrix);
  change.bytesAfter = each.weight.bytes();
  auto share = [&](double part) { return norm > 0 ? std::sqrt(part / norm) : 0; };
  auto remark = weightPassed(each.weight.loc(), getArgument(), each.weight.name(), change);
  remark << remark::metric("bits", form.code.bits) << remark::metric("levels", form.isLevels)
         << remark::metric("group_size", matrix.groupSize)
         << remark::metric("output_error", share(error))
         << remark::metric("output_error_rtn", share(errorOfRtn))
         << remark::metric("predicted_kl", each.priceOf(option))
         << remark::metric("saved_by_more", each.savedByMore(option));
  if (isRtn)
    remark << remark::reason("rounded to nearest, which is closer on the rows held back");
  else if (!each.isMeasured)
    remark << remark::reason("the sample does not say what the model loses with it: taken for what "
                             "its outputs are off by");
}

void AllocatePass::report(ArrayRef<SurveyedWeight> weights, const KnapsackChoice &choice,
                          int64_t budget) {
  bool isMeasured = llvm::any_of(weights, [](auto &each) { return each.isMeasured; });
  auto remark = remark::analysis(getOperation().getLoc(),
                                 remark::RemarkOpts::name(getArgument()).category("compress"));
  remark << remark::metric("budget_bytes", budget) << remark::metric("bytes", choice.bytes)
         << remark::metric("bits", 8 * double(choice.bytes) / double(countNumbers(weights)))
         << remark::metric(isMeasured ? "predicted_kl" : "relative_error", choice.price)
         << remark::metric("gap", choice.price - choice.bound);
}

LogicalResult AllocatePass::run() {
  auto forms = readCandidates();
  if (failed(forms))
    return failure();
  auto measured =
      selectMeasuredWeights(getOperation(), getArgument(), include, exclude,
                            [&](const LinearWeight &weight) { return whyNot(weight, *forms); });
  if (failed(measured))
    return failure();
  auto weights = surveyAll(*measured, *forms);
  if (failed(weights))
    return failure();
  if (weights->empty())
    return success();
  auto choice = choose(*weights);
  if (failed(choice))
    return failure();
  RecordRounding solver(rounding());
  for (auto [each, pick] : llvm::zip_equal(*weights, choice->picks))
    replace(each, pick, solver);
  report(*weights, *choice, int64_t(targetBits / 8 * double(countNumbers(*weights))));
  return success();
}
