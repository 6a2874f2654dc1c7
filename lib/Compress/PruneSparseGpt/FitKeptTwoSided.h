// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Fits the weights that are kept to what the model makes of all of them.
#ifndef RETORT_LIB_COMPRESS_PRUNESPARSEGPT_FITKEPTTWOSIDED_H
#define RETORT_LIB_COMPRESS_PRUNESPARSEGPT_FITKEPTTWOSIDED_H

#include "lib/Statistics/Hessian.h"

namespace retort {

/// Moves the weights that are kept to the least of tr(G E A E'), E what they are off from
/// `original`, G of the outputs and A of the inputs: by conjugate gradients with G_ii A_jj as a
/// preconditioner, at most so many steps of N K (N + K) multiply-adds.
void fitKeptTwoSided(llvm::MutableArrayRef<float> weights, llvm::ArrayRef<char> kept,
                     llvm::ArrayRef<float> original, const Hessian &outer, const Hessian &inner,
                     int64_t steps);

} // namespace retort

#endif
