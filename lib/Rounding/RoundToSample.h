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

/// GPTQ, then coordinate descent, from scales that are searched for.
void roundToSample(GroupedMatrix &matrix, const RoundingStatistics &statistics,
                   const SampleRounding &options);

} // namespace retort

#endif
