// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Fits the weights that are kept to what all of them computed.
#ifndef RETORT_LIB_COMPRESS_PRUNESPARSEGPT_FITKEPT_H
#define RETORT_LIB_COMPRESS_PRUNESPARSEGPT_FITKEPT_H

#include "lib/Statistics/Hessian.h"

namespace retort {

/// Moves the weights that are kept to the least of tr(E H E'), E what they are off from `original`,
/// where they stand: by conjugate gradients with the diagonal as a preconditioner, for all outputs
/// at once, at most so many steps.
void fitKept(llvm::MutableArrayRef<float> weights, llvm::ArrayRef<char> kept,
             llvm::ArrayRef<float> original, const Hessian &hessian, int64_t steps);

} // namespace retort

#endif
