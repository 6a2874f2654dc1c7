// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Rounds one output after the other, and lets those that follow make up for it.
#ifndef RETORT_LIB_ROUNDING_TWOSIDEDFEEDBACK_H
#define RETORT_LIB_ROUNDING_TWOSIDEDFEEDBACK_H

#include "lib/Rounding/GroupedMatrix.h"
#include "lib/Statistics/Hessian.h"

namespace retort {

/// One side of a matrix: in which order it is taken, and the factor U of the inverse of its metric
/// in that order, see factorInverse.
struct FeedbackSide {
  llvm::ArrayRef<int64_t> order;
  const InverseFactor &factor;
};

/// Replaces the codes so that tr(G E A E') is small; scales stay as they are. Outputs are taken one
/// after the other: the inputs of output i as in roundWithFeedback, with the factor of A; then what
/// is left of it, d = (w_i - q_i) / U_ii, moves those behind it, w_r -= d U_ir, with U that of G.
/// This is LDLQ (QuIP, arXiv:2307.13304) in both directions. Where G is diagonal it is GPTQ.
void roundWithTwoSidedFeedback(GroupedMatrix &matrix, const FeedbackSide &outputs,
                               const FeedbackSide &inputs);

} // namespace retort

#endif
