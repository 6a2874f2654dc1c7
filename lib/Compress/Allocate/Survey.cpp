// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What each candidate comes to on each matrix.
//
// 1. Where codes of all candidates have room beside the statistics, each matrix is brought into
// each
//    form as a choice of it would bring it there, and the codes are kept.
// 2. Else a fourth of its outputs is, with less descent, which tells what all of them come to.
#include "lib/Compress/Allocate/Survey.h"
#include "lib/Compress/Allocate/FittedForm.h"
#include "lib/Weights/OutputRows.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/xxhash.h"

#include <cmath>

using namespace mlir;
using namespace retort;
using llvm::ArrayRef;

/// Of a sample of rows: what later passes of descent bring is much the same for all forms.
static constexpr int64_t surveyPasses = 2;
/// More codes than that are not kept.
static constexpr int64_t mostCodes = int64_t(1) << 32;

KnapsackItem SurveyedWeight::item() const {
  KnapsackItem result;
  for (const WeightOption &option : options)
    result.push_back({option.bytes, price.of(errorOf(option))});
  return result;
}

double SurveyedWeight::savedByMore(size_t chosen) const {
  const WeightOption *next = nullptr;
  for (const WeightOption &option : options)
    if (option.bytes > options[chosen].bytes && errorOf(option) < errorOf(options[chosen]) &&
        (!next || option.bytes < next->bytes))
      next = &option;
  return next ? priceOf(chosen) - price.of(errorOf(*next)) : 0;
}

/// Sum of w_ij^2 h_j over all rows.
static double weightedSquares(const GroupedMatrix &matrix, const Moments &moments) {
  double sum = 0;
  for (int64_t i = 0; i < matrix.outputs; ++i)
    for (int64_t k = 0; k < matrix.inputs; ++k) {
      double value = matrix.weights[i * matrix.inputs + k];
      sum += value * value * moments.sumOfSquares[k];
    }
  return sum;
}

/// Keeps a share of the rows, from all over the matrix.
static std::vector<int64_t> keepSomeRows(GroupedMatrix &matrix) {
  constexpr int64_t least = 128, share = 4;
  int64_t count = std::min(matrix.outputs, std::max(least, matrix.outputs / share));
  std::vector<int64_t> places(count);
  for (int64_t i = 0; i < count; ++i)
    places[i] = i * matrix.outputs / count;
  auto keepSome = [&](auto &elements) {
    for (int64_t i = 0; i < count; ++i)
      std::copy_n(elements.begin() + places[i] * matrix.inputs, matrix.inputs,
                  elements.begin() + i * matrix.inputs);
    elements.resize(count * matrix.inputs);
  };
  keepSome(matrix.weights);
  if (!matrix.kept.empty())
    keepSome(matrix.kept);
  matrix.outputs = count;
  return places;
}

/// Tells what a weight holds from everything else.
static std::string contentOf(const LinearWeight &weight) {
  auto hashOf = [](const void *data, size_t size) {
    ArrayRef<uint8_t> bytes(static_cast<const uint8_t *>(data), size);
    return llvm::utohexstr(llvm::xxh3_64bits(bytes), /*LowerCase=*/true, 16);
  };
  if (weight.values.isPlain()) {
    ArrayRef<char> bytes = weight.values.constant().bytes();
    return hashOf(bytes.data(), bytes.size());
  }
  std::vector<float> numbers = weight.floats();
  return hashOf(numbers.data(), numbers.size() * sizeof(float));
}

namespace {
/// Asks the file first.
class Surveyor {
public:
  Surveyor(const SurveyRequest &request, OptionsFile &file, bool isWhole)
      : request(request), rounding(request.rounding), file(file), isWhole(isWhole) {}
  LogicalResult fill(SurveyedWeight &each);

private:
  /// What all candidates of a weight need; made where the file lacks one.
  struct Known {
    std::vector<float> rows;
    double norm;
  };
  Known know(const SurveyedWeight &each);
  FailureOr<WeightOption> fit(const SurveyedWeight &each, StringRef content,
                              const Candidate &candidate, const Known &known);
  WeightOption sample(const SurveyedWeight &each, const Candidate &candidate);

  const SurveyRequest &request;
  RecordRounding rounding;
  OptionsFile &file;
  bool isWhole;
};
} // namespace

/// Some rows of a large matrix tell what all come to, in proportion to the squares of their
/// numbers: each for itself, or weighed against each other.
WeightOption Surveyor::sample(const SurveyedWeight &each, const Candidate &candidate) {
  GroupedMatrix matrix = candidate.form.matrixOf(each.weight);
  double all = weightedSquares(matrix, each.record->fitted);
  RecordRounding rounding = this->rounding.ofOutputs(keepSomeRows(matrix));
  double some = weightedSquares(matrix, each.record->fitted), scale = some > 0 ? all / some : 1;
  if (candidate.isNearest)
    matrix.roundToNearest(/*search=*/true);
  else
    rounding.round(matrix);
  WeightOption option;
  option.error = scale * rounding.heldError(matrix.error(), matrix.outputs);
  option.norm = scale * rounding.heldError(matrix.weights, matrix.outputs);
  return option;
}

Surveyor::Known Surveyor::know(const SurveyedWeight &each) {
  rounding.take(*each.record, each.outputs);
  OutputRows places(each.weight);
  Known known{places.gather(each.weight), 0};
  known.norm = rounding.heldError(known.rows, places.outputs());
  return known;
}

FailureOr<WeightOption> Surveyor::fit(const SurveyedWeight &each, StringRef content,
                                      const Candidate &candidate, const Known &known) {
  WeightOption option;
  std::unique_ptr<FittedForm> form;
  if (isWhole || candidate.kind != Candidate::Kind::Codes) {
    auto fitted = fitForm(candidate, each.weight, known.rows, known.norm, rounding);
    if (failed(fitted))
      return failure();
    option = fitted->option;
    form = std::move(fitted->form);
  } else {
    option = sample(each, candidate);
  }
  option.bytes = candidate.bytes(each.weight, request.isOnnx);
  file.add(each.weight.name(), content, candidate.name, option, form ? form->codes() : nullptr);
  return *file.find(each.weight.name(), content, candidate.name);
}

LogicalResult Surveyor::fill(SurveyedWeight &each) {
  std::string content = contentOf(each.weight);
  std::optional<Known> known;
  for (const Candidate &candidate : request.candidates) {
    if (!candidate.whyNot(each.weight).empty())
      continue;
    const WeightOption *found = file.find(each.weight.name(), content, candidate.name);
    if (!found && !known)
      known = know(each);
    FailureOr<WeightOption> option = found ? *found : fit(each, content, candidate, *known);
    if (failed(option))
      return failure();
    option->bytes = candidate.bytes(each.weight, request.isOnnx);
    each.candidates.push_back(&candidate);
    each.options.push_back(*option);
  }
  return success();
}

/// As a function of the errors of the weight. Of those that weigh outputs half is a divergence
/// already, where nothing was measured.
static std::optional<Price> priceOf(const SurveyedWeight &each, ArrayRef<Sensitivity> points) {
  if (!each.outputs)
    return Price::through(points);
  SmallVector<Sensitivity> twoSided(points);
  for (Sensitivity &point : twoSided)
    point.error = point.twoSided;
  auto price = Price::through(twoSided);
  return price ? price : Price::proportional(.5);
}

/// By what the model was seen to lose. Weights for which that is not known are like the others,
/// taken for what their outputs are off by relative to these outputs.
static void findPrices(std::vector<SurveyedWeight> &weights, const Statistics &statistics) {
  double sum = 0;
  int64_t count = 0;
  for (SurveyedWeight &each : weights) {
    auto price = priceOf(each, statistics.sensitivitiesOf(each.weight.name()));
    each.isMeasured = price.has_value();
    if (!price)
      continue;
    each.price = *price;
    if (double share = price->slope() * each.options.front().norm; share > 0) {
      sum += std::log(share);
      ++count;
    }
  }
  double usual = count ? std::exp(sum / double(count)) : 1;
  for (SurveyedWeight &each : weights)
    if (double norm = each.options.front().norm; !each.isMeasured)
      each.price = Price::proportional(norm > 0 ? usual / norm : 0);
}

/// What the codes of all candidates take that are not in the file; nullopt where these are too many
/// to keep.
static std::optional<uint64_t> bytesOfAllCodes(const MeasuredWeights &weights,
                                               const SurveyRequest &request,
                                               const OptionsFile &file) {
  int64_t codes = 0;
  uint64_t bytes = 0;
  for (auto &[weight, record] : weights.list)
    for (const Candidate &candidate : request.candidates) {
      if (candidate.kind != Candidate::Kind::Codes || !candidate.whyNot(weight).empty() ||
          file.find(weight.name(), contentOf(weight), candidate.name))
        continue;
      codes += weight.type().getNumElements();
      bytes += OptionsFile::bytesOfCodes(candidate.form.shapeOf(weight));
    }
  if (codes > mostCodes)
    return std::nullopt;
  return bytes;
}

static OptionsFile openOptions(const MeasuredWeights &weights, const SampleRounding &rounding,
                               RoundingSides sides, bool isWhole) {
  StringRef ofSides = sides == RoundingSides::One   ? "one side, "
                      : sides == RoundingSides::Two ? "two sides, "
                                                    : "";
  std::string words = ofSides.str() + "gptq, " + std::to_string(rounding.refine) +
                      " passes of descent" + (isWhole ? "" : ", a fourth of the rows");
  return OptionsFile::open(weights.path + ".options", weights.statistics.key(), words);
}

FailureOr<SurveyResult> retort::survey(MeasuredWeights &weights, const SurveyRequest &request) {
  SurveyRequest asked = request;
  OptionsFile file = openOptions(weights, asked.rounding, asked.sides, /*isWhole=*/true);
  auto bytes = bytesOfAllCodes(weights, asked, file);
  bool isWhole = bytes && (*bytes == 0 || file.makeRoom(*bytes));
  if (!isWhole) {
    asked.rounding.refine = std::min(asked.rounding.refine, surveyPasses);
    file = openOptions(weights, asked.rounding, asked.sides, /*isWhole=*/false);
  }
  std::vector<SurveyedWeight> result;
  Surveyor surveyor(asked, file, isWhole);
  for (auto &[weight, record] : weights.list) {
    if (failed(weight.checkFinite()))
      return failure();
    SurveyedWeight &each =
        result.emplace_back(SurveyedWeight{weight, record, {}, {}, Price::proportional(1), false});
    each.outputs = outputsToWeigh(asked.sides, weights.statistics, weight, *record);
    if (failed(surveyor.fill(each)))
      return failure();
  }
  findPrices(result, weights.statistics.file());
  file.keep();
  return SurveyResult{std::move(result), std::move(file)};
}
