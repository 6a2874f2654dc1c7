// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// GPTQ: rounds one input after the other, and lets those that follow make up for it.
#ifndef RETORT_LIB_ROUNDING_ERRORFEEDBACK_H
#define RETORT_LIB_ROUNDING_ERRORFEEDBACK_H

#include "lib/Rounding/GroupedMatrix.h"
#include "lib/Statistics/Hessian.h"

namespace retort {

/// Replaces the codes; scales stay as they are. Inputs are taken in `order`, and U is the factor of
/// the inverse of H in that order. For input j: e = (w_j - q_j) / U_jj, and w_k -= e U_jk for those
/// behind it (GPTQ, arXiv:2210.17323, algorithm 1; the same result as optimal brain quantization in
/// that order).
void roundWithFeedback(GroupedMatrix &matrix, llvm::ArrayRef<int64_t> order,
                       const InverseFactor &factor);

} // namespace retort

#endif
