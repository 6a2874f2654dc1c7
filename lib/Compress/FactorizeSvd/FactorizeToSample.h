// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Factors that change least what weights compute of a sample, and ranks by one price for all.
#ifndef RETORT_LIB_COMPRESS_FACTORIZESVD_FACTORIZETOSAMPLE_H
#define RETORT_LIB_COMPRESS_FACTORIZESVD_FACTORIZETOSAMPLE_H

#include "lib/Statistics/WeightStatistics.h"

namespace retort {

/// One of `rank`, `ratio` and `energy` is not 0.
struct SampleRanks {
  llvm::StringRef method;
  int64_t rank;
  double ratio, energy;
  double damping;          ///< 0: by the size of the sample
  bool sequential = false; ///< factors are fitted in the order of the model, see fitInOrder
};

/// How many were replaced.
///
/// 1. Singular values of all matrices, which are kept, without vectors.
/// 2. A rank for each.
/// 3. Factors of those that get one, a matrix at a time; where they are fitted in the order of the
///    model, ranks are those of the sample as the model was.
llvm::FailureOr<unsigned> factorizeToSample(MeasuredWeights &measured, const SampleRanks &options);

} // namespace retort

#endif
