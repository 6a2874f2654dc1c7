// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What each candidate comes to on each matrix.
#ifndef RETORT_LIB_COMPRESS_ALLOCATE_SURVEY_H
#define RETORT_LIB_COMPRESS_ALLOCATE_SURVEY_H

#include "lib/Compress/Allocate/Candidate.h"
#include "lib/Compress/Allocate/Knapsack.h"
#include "lib/Compress/Allocate/OptionsFile.h"
#include "lib/Compress/Allocate/Price.h"
#include "lib/Rounding/RoundToSample.h"
#include "lib/Rounding/Sides.h"
#include "lib/Statistics/WeightStatistics.h"

namespace retort {

/// A matrix with its options, in the order of the candidates that it can have.
struct SurveyedWeight {
  LinearWeight weight;
  const StatisticsRecord *record;
  std::vector<const Candidate *> candidates;
  std::vector<WeightOption> options;
  Price price;
  bool isMeasured; ///< the price follows from what the model was seen to lose
  /// What is known of its outputs; null: errors are tr(E H E').
  const OutputStatistics *outputs = nullptr;

  double priceOf(size_t option) const { return price.of(errorOf(options[option])); }
  KnapsackItem item() const;
  /// The price that the next larger option that is better would save; 0 where there is none.
  double savedByMore(size_t option) const;

  /// Of what was taken: the form that is fitted, or what is nearest.
  static double errorOf(const WeightOption &option) {
    return option.isNearest() ? *option.nearest : option.error;
  }
};

/// What is asked of each matrix.
struct SurveyRequest {
  llvm::ArrayRef<Candidate> candidates;
  SampleRounding rounding;
  RoundingSides sides = RoundingSides::Auto;
  bool isOnnx = false; ///< bytes are what ONNX has in the place of a weight
};

struct SurveyResult {
  std::vector<SurveyedWeight> weights;
  OptionsFile file;
};

/// Every candidate of every weight: from the file beside the statistics, or fitted now and added to
/// it. An error where a weight holds what is no number.
llvm::FailureOr<SurveyResult> survey(MeasuredWeights &weights, const SurveyRequest &request);

} // namespace retort

#endif
