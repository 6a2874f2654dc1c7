// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a weight should be where its inputs are not those that it was made for.
#ifndef RETORT_LIB_REPLAY_TARGETCORRECTION_H
#define RETORT_LIB_REPLAY_TARGETCORRECTION_H

#include "lib/Statistics/Hessian.h"

namespace retort {

/// P = (sum of d x') (H + damping * mean(diag H) * I)^-1, K x K and row-major: the rows x are what
/// a weight W is multiplied with now, d what is missing of what it was multiplied with before. Then
/// W + W P is the weight whose products with x are nearest to those of W with x + d (QEP,
/// arXiv:2504.09629). `cross` is the mean of d x', as H is that of x x'. An input that is always
/// zero has no part in it. nullopt where there is no inverse.
std::optional<std::vector<float>> targetCorrection(const Hessian &hessian,
                                                   llvm::ArrayRef<float> cross, double damping);

/// W + share * W P, of `outputs` rows of W.
std::vector<float> correctedTarget(llvm::ArrayRef<float> weights, int64_t outputs,
                                   llvm::ArrayRef<float> correction, double share);

} // namespace retort

#endif
