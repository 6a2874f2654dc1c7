// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What each candidate comes to on each matrix.
#ifndef RETORT_LIB_COMPRESS_ALLOCATE_SURVEY_H
#define RETORT_LIB_COMPRESS_ALLOCATE_SURVEY_H

#include "lib/Compress/Allocate/Candidate.h"
#include "lib/Compress/Allocate/Knapsack.h"
#include "lib/Compress/Allocate/OptionsFile.h"
#include "lib/Compress/Allocate/Price.h"
#include "lib/Rounding/RoundToSample.h"
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

  double priceOf(size_t option) const { return price.of(options[option].error); }
  KnapsackItem item() const;
  /// The price that the next larger option that is better would save; 0 where there is none.
  double savedByMore(size_t option) const;
};

/// Rounds matrices of one record after the other: what follows from the record is made once.
class RecordRounding {
public:
  explicit RecordRounding(SampleRounding options) : options(options) {}

  /// The weight in this form, fitted to its record.
  GroupedMatrix round(const LinearWeight &weight, const StatisticsRecord &record,
                      const CodeForm &form);
  /// The same of a matrix, or of some rows of it.
  void round(GroupedMatrix &matrix, const StatisticsRecord &record);
  /// tr(E H E') and tr(W H W') on the rows that were held back from the last one that was rounded.
  double heldError(const GroupedMatrix &matrix) const;
  double heldNorm(const GroupedMatrix &matrix) const;

private:
  SampleRounding options;
  const StatisticsRecord *last = nullptr;
  std::optional<RoundingStatistics> statistics;
};

/// Every candidate of every weight: from the file, or rounded now and added to it. An error where
/// a weight holds what is no number.
llvm::FailureOr<std::vector<SurveyedWeight>> survey(const MeasuredWeights &weights,
                                                    llvm::ArrayRef<Candidate> candidates,
                                                    SampleRounding rounding, OptionsFile &file);

} // namespace retort

#endif
