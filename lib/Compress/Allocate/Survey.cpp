// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What each candidate comes to on each matrix.
#include "lib/Compress/Allocate/Survey.h"

#include "llvm/ADT/STLExtras.h"

#include <cmath>

using namespace mlir;
using namespace retort;

KnapsackItem SurveyedWeight::item() const {
  KnapsackItem result;
  for (const WeightOption &option : options)
    result.push_back({option.bytes, price.of(option.error)});
  return result;
}

double SurveyedWeight::savedByMore(size_t chosen) const {
  const WeightOption *next = nullptr;
  for (const WeightOption &option : options)
    if (option.bytes > options[chosen].bytes && option.error < options[chosen].error &&
        (!next || option.bytes < next->bytes))
      next = &option;
  return next ? priceOf(chosen) - price.of(next->error) : 0;
}

GroupedMatrix RecordRounding::round(const LinearWeight &weight, const StatisticsRecord &record,
                                    const CodeForm &form) {
  GroupedMatrix matrix = form.matrixOf(weight);
  round(matrix, record);
  return matrix;
}

void RecordRounding::round(GroupedMatrix &matrix, const StatisticsRecord &record) {
  if (last != &record)
    statistics.emplace(record, options);
  last = &record;
  roundToSample(matrix, *statistics, options);
}

double RecordRounding::heldError(const GroupedMatrix &matrix) const {
  return outputError(matrix.error(), matrix.outputs, statistics->held);
}

double RecordRounding::heldNorm(const GroupedMatrix &matrix) const {
  return outputError(matrix.weights, matrix.outputs, statistics->held);
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
static void keepSomeRows(GroupedMatrix &matrix) {
  constexpr int64_t least = 128, share = 4;
  int64_t count = std::min(matrix.outputs, std::max(least, matrix.outputs / share));
  for (int64_t i = 0; i < count; ++i)
    std::copy_n(matrix.weights.begin() + i * matrix.outputs / count * matrix.inputs, matrix.inputs,
                matrix.weights.begin() + i * matrix.inputs);
  matrix.outputs = count;
  matrix.weights.resize(count * matrix.inputs);
}

namespace {
/// Asks the file first.
class Surveyor {
public:
  Surveyor(SampleRounding rounding, OptionsFile &file) : rounding(rounding), file(file) {}
  WeightOption ask(const LinearWeight &weight, const StatisticsRecord &record,
                   const Candidate &candidate);

private:
  RecordRounding rounding;
  OptionsFile &file;
};
} // namespace

/// Rows of a matrix are rounded each for itself, so some of a large one tell what all come to: in
/// proportion to the squares of their numbers.
WeightOption Surveyor::ask(const LinearWeight &weight, const StatisticsRecord &record,
                           const Candidate &candidate) {
  if (const WeightOption *known = file.find(weight.name(), candidate.name))
    return *known;
  GroupedMatrix matrix = candidate.form.matrixOf(weight);
  auto bytes = int64_t(candidate.form.bytes(matrix.outputs, matrix.inputs, weight.element()));
  double all = weightedSquares(matrix, record.fitted);
  keepSomeRows(matrix);
  double some = weightedSquares(matrix, record.fitted), scale = some > 0 ? all / some : 1;
  rounding.round(matrix, record);
  WeightOption option{bytes, scale * rounding.heldError(matrix), scale * rounding.heldNorm(matrix)};
  file.add(weight.name(), candidate.name, option);
  return option;
}

/// By what the model was seen to lose. Weights for which that is not known are like the others,
/// taken for what their outputs are off by relative to these outputs.
static void findPrices(std::vector<SurveyedWeight> &weights, const Statistics &statistics) {
  double sum = 0;
  int64_t count = 0;
  for (SurveyedWeight &each : weights) {
    auto price = Price::through(statistics.sensitivitiesOf(each.weight.name()));
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

FailureOr<std::vector<SurveyedWeight>> retort::survey(const MeasuredWeights &weights,
                                                      llvm::ArrayRef<Candidate> candidates,
                                                      SampleRounding rounding, OptionsFile &file) {
  std::vector<SurveyedWeight> result;
  Surveyor surveyor(rounding, file);
  for (auto &[weight, record] : weights.list) {
    if (failed(weight.checkFinite()))
      return failure();
    SurveyedWeight &each =
        result.emplace_back(SurveyedWeight{weight, record, {}, {}, Price::proportional(1), false});
    for (const Candidate &candidate : candidates)
      if (candidate.form.whyNot(weight).empty()) {
        each.candidates.push_back(&candidate);
        each.options.push_back(surveyor.ask(weight, *record, candidate));
      }
  }
  findPrices(result, weights.statistics.file());
  return result;
}
