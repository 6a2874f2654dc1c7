// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Options of all matrices, a choice within a budget, and the module that has it.
#include "lib/Compress/Allocate/Allocation.h"
#include "lib/Compress/Allocate/FittedForm.h"
#include "lib/Weights/KeptWeight.h"
#include "lib/Weights/OutputRows.h"
#include "lib/Weights/Remark.h"

#include "dialects/Retort/Names.h"

#include <cmath>

using namespace mlir;
using namespace retort;

/// Why the method does not take a weight; empty where it does.
static StringRef whyNot(const LinearWeight &weight, ArrayRef<Candidate> candidates) {
  if (StringRef reason = whyNotNumbers(weight); !reason.empty() && !KeptWeight::of(weight))
    return reason;
  for (const Candidate &candidate : candidates)
    if (candidate.whyNot(weight).empty())
      return "";
  return candidates.front().kind == Candidate::Kind::Codes
             ? candidates.front().form.whyNot(weight)
             : StringRef("no candidate suits its shape");
}

static bool isForOnnx(ModuleOp module) {
  auto emission = module->getAttrOfType<StringAttr>(names::emission);
  return emission && emission.getValue() == "onnx";
}

FailureOr<Allocation> Allocation::survey(ModuleOp module, const AllocationRequest &given) {
  AllocationRequest request = given;
  bool isOnnx = isForOnnx(module);
  if (request.candidates.empty())
    request.candidates = llvm::cantFail(parseCandidates(usualCandidates(isOnnx)));
  auto measured = selectMeasuredWeights(
      module, request.method, request.include, request.exclude,
      [&](const LinearWeight &weight) { return whyNot(weight, request.candidates); });
  if (failed(measured))
    return failure();
  if (failed(checkSides(module, request.method, request.sides, measured->statistics)))
    return failure();
  Allocation result(module, request, std::move(*measured));
  auto found =
      retort::survey(*result.measured, {result.request->candidates, result.request->rounding,
                                        result.request->sides, isOnnx});
  if (failed(found))
    return failure();
  result.found = std::move(*found);
  return std::move(result);
}

std::vector<LinearWeight> Allocation::weights() const {
  std::vector<LinearWeight> result;
  for (const SurveyedWeight &each : found.weights)
    result.push_back(each.weight);
  return result;
}

int64_t Allocation::numbers() const {
  int64_t sum = 0;
  for (const SurveyedWeight &each : found.weights)
    sum += each.weight.type().getNumElements();
  return sum;
}

static std::vector<KnapsackItem> itemsOf(ArrayRef<SurveyedWeight> weights) {
  std::vector<KnapsackItem> items;
  for (const SurveyedWeight &each : weights)
    items.push_back(each.item());
  return items;
}

int64_t Allocation::leastBytes() const { return retort::leastBytes(itemsOf(found.weights)); }

int64_t Allocation::mostBytes() const {
  int64_t sum = 0;
  for (const SurveyedWeight &each : found.weights) {
    KnapsackItem item = each.item();
    sum += llvm::min_element(item, [](auto &a, auto &b) {
             return a.price != b.price ? a.price < b.price : a.bytes < b.bytes;
           })->bytes;
  }
  return sum;
}

bool Allocation::isMeasured() const {
  return llvm::any_of(found.weights, [](auto &each) { return each.isMeasured; });
}

std::optional<KnapsackChoice> Allocation::choose(int64_t budget) const {
  return chooseOptions(itemsOf(found.weights), budget);
}

FailureOr<std::unique_ptr<FittedForm>> Allocation::formOf(const SurveyedWeight &each, size_t option,
                                                          RecordRounding &rounding) const {
  const Candidate &candidate = *each.candidates[option];
  if (auto kept = keptForm(candidate, each.weight, each.options[option], found.file))
    return std::move(kept);
  rounding.take(*each.record, each.outputs);
  OutputRows places(each.weight);
  std::vector<float> rows = places.gather(each.weight);
  auto fitted =
      fitForm(candidate, each.weight, rows, rounding.heldError(rows, places.outputs()), rounding);
  if (failed(fitted))
    return failure();
  return std::move(fitted->form);
}

FailureOr<std::vector<float>> Allocation::rowsOf(const KnapsackChoice &choice,
                                                 StringRef weight) const {
  auto each = llvm::find_if(
      found.weights, [&](const SurveyedWeight &other) { return other.weight.name() == weight; });
  size_t option = choice.picks[each - found.weights.begin()];
  if (each->candidates[option]->kind == Candidate::Kind::Plain)
    return OutputRows(each->weight).gather(each->weight);
  RecordRounding rounding(request->rounding);
  auto form = formOf(*each, option, rounding);
  if (failed(form))
    return failure();
  return (*form)->rows();
}

void Allocation::report(SurveyedWeight &each, size_t pick, FittedForm &form) const {
  const WeightOption &option = each.options[pick];
  if (each.candidates[pick]->kind == Candidate::Kind::Plain) {
    weightMissed(each.weight.loc(), request->method, each.weight.name())
        << remark::reason("stays as it is: that serves the model more than what it takes");
    return;
  }
  WeightChange change;
  change.bytesBefore = each.weight.bytes();
  change.bytesAfter = option.bytes;
  RelativeError difference;
  difference.add(OutputRows(each.weight).gather(each.weight), form.rows());
  change.weightError = difference.value();
  change.magnitudes = difference.magnitudes();
  auto share = [&](double part) { return relativeOutputError(part, option.norm); };
  auto remark = weightPassed(each.weight.loc(), request->method, each.weight.name(), change);
  form.tell(remark);
  remark << remark::metric("candidate", each.candidates[pick]->name)
         << remark::metric("sides", each.outputs ? 2 : 1)
         << remark::metric("output_error", share(SurveyedWeight::errorOf(option)));
  if (option.nearest)
    remark << remark::metric("output_error_rtn", share(*option.nearest));
  remark << remark::metric("predicted_kl", each.priceOf(pick))
         << remark::metric("saved_by_more", each.savedByMore(pick));
  if (option.isNearest())
    remark << remark::reason("rounded to nearest, which is closer on the rows held back");
  else if (!each.isMeasured)
    remark << remark::reason("the sample does not say what the model loses with it: taken for what "
                             "its outputs are off by");
}

LogicalResult Allocation::assemble(const KnapsackChoice &choice) {
  RecordRounding rounding(request->rounding);
  for (auto [each, pick] : llvm::zip_equal(found.weights, choice.picks)) {
    auto form = formOf(each, pick, rounding);
    if (failed(form))
      return failure();
    report(each, pick, **form);
    (*form)->replace(each.weight);
  }
  return success();
}

FailureOr<OwningOpRef<ModuleOp>> Allocation::assembled(const KnapsackChoice &choice) const {
  IRMapping mapping;
  OwningOpRef<ModuleOp> copy(cast<ModuleOp>(ModuleOp(module)->clone(mapping)));
  RecordRounding rounding(request->rounding);
  for (auto [each, pick] : llvm::zip_equal(found.weights, choice.picks)) {
    auto form = formOf(each, pick, rounding);
    if (failed(form))
      return failure();
    LinearWeight weight = each.weight.inCopy(mapping.lookup(each.weight.op));
    (*form)->replace(weight);
  }
  return std::move(copy);
}
