// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Rounds a weight so that what it computes of a sample changes least.
#ifndef RETORT_LIB_ROUNDING_ROUNDTOSAMPLE_H
#define RETORT_LIB_ROUNDING_ROUNDTOSAMPLE_H

#include "lib/Rounding/GroupedMatrix.h"
#include "lib/Statistics/Hessian.h"

namespace retort {

struct SampleRounding {
  int64_t refine = 5; ///< passes of descent behind GPTQ
  bool actOrder = true;
  double damping = 0; ///< 0: by the size of the sample
};

/// What rounding takes of a record: made once for all weights that share it.
struct RoundingStatistics {
  RoundingStatistics(const StatisticsRecord &record, const SampleRounding &options);
  /// The damping of `options` is taken as it is.
  RoundingStatistics(Hessian fitted, Hessian held, const SampleRounding &options);

  Hessian fitted, held; ///< `held`: of the rows that were held back, see heldOrFitted
  std::vector<int64_t> order;
  /// nullopt where the second moments have no factor even damped.
  std::optional<InverseFactor> factor;
};

/// The same where what the model makes of the outputs of a weight is known: G of the outputs, A of
/// the inputs.
struct TwoSidedStatistics {
  /// `outputs` are those of a weight of the record.
  TwoSidedStatistics(const StatisticsRecord &record, const OutputStatistics &outputs,
                     const SampleRounding &options);

  /// A and G of the rows that are fitted to are damped: by what `options` say, .01 as in
  /// usualDamping, and by .05 of the mean diagonal, .1 N / rows where there are fewer rows than
  /// outputs.
  Hessian inputs, heldInputs, outputs, heldOutputs;
  std::vector<int64_t> inputOrder, outputOrder;
  std::optional<InverseFactor> inputFactor, outputFactor;

  /// The same with all outputs but these left out, by their places.
  TwoSidedStatistics ofOutputs(llvm::ArrayRef<int64_t> places) const;
  /// tr(G E A E') on the rows that were held back.
  double heldError(llvm::ArrayRef<float> error) const {
    return twoSidedError(error, heldOutputs, heldInputs);
  }
};

/// GPTQ, then coordinate descent, from scales that are searched for.
void roundToSample(GroupedMatrix &matrix, const RoundingStatistics &statistics,
                   const SampleRounding &options);
/// The same in both directions: LDLQ over outputs and inputs, then descent on tr(G E A E').
void roundToSample(GroupedMatrix &matrix, const TwoSidedStatistics &statistics,
                   const SampleRounding &options);

} // namespace retort

#endif
