// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// SparseGPT: removes weights input by input, and lets those that follow make up for it.
#ifndef RETORT_LIB_COMPRESS_PRUNESPARSEGPT_SWEEP_H
#define RETORT_LIB_COMPRESS_PRUNESPARSEGPT_SWEEP_H

#include "lib/Statistics/Hessian.h"
#include "lib/Weights/SparsePattern.h"

namespace retort {

/// Rows of outputs x inputs. `weights` becomes what is left, zeros among it; `kept` says where it
/// is not. U is the factor of the inverse of H. The score of a weight is w^2 / U_jj^2; those of a
/// block of inputs, or of each m, go that have the least, and w_k -= w_j / U_jj * U_jk for those
/// behind (SparseGPT, arXiv:2301.00774, algorithm 1).
void pruneWithFeedback(llvm::MutableArrayRef<float> weights, llvm::MutableArrayRef<char> kept,
                       int64_t inputs, SparsePattern pattern, const InverseFactor &factor);

} // namespace retort

#endif
