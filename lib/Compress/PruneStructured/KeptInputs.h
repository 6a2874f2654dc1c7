// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which inputs of a weight stay, and what it becomes without the others.
#ifndef RETORT_LIB_COMPRESS_PRUNESTRUCTURED_KEPTINPUTS_H
#define RETORT_LIB_COMPRESS_PRUNESTRUCTURED_KEPTINPUTS_H

#include "lib/Statistics/Hessian.h"

#include <optional>

namespace retort {

/// h_j |w_j|^2 of each input j, w_j being what all outputs multiply it with, and h the diagonal of
/// H (FLAP, arXiv:2312.11983), summed over the inputs of each unit. Rows of outputs x inputs.
std::vector<double> scoreUnits(llvm::ArrayRef<float> weights, llvm::ArrayRef<double> diagonal,
                               llvm::ArrayRef<int32_t> unitOfInput, int64_t units);

/// Which units stay: in each of `parts` runs of as many units the `count` with the largest scores.
std::vector<char> chooseUnits(llvm::ArrayRef<double> scores, int64_t parts, int64_t count);

/// Of each output the weights of these inputs alone.
std::vector<float> keepInputs(llvm::ArrayRef<float> weights, int64_t inputs,
                              llvm::ArrayRef<int64_t> kept);

/// The same, moved to the least of tr(E C E'), E being what the outputs are off:
/// W C[:, S] C[S, S]^-1, in f64, with C = H + damping * mean(diag H) * I. nullopt where C[S, S] is
/// singular.
std::optional<std::vector<float>> fitToKept(llvm::ArrayRef<float> weights, const Hessian &hessian,
                                            llvm::ArrayRef<int64_t> kept, double damping);

/// tr(E H E'), E being what the outputs are off where `left` are the weights of the kept inputs.
double errorOfKept(llvm::ArrayRef<float> weights, llvm::ArrayRef<float> left,
                   llvm::ArrayRef<int64_t> kept, const Hessian &hessian);

} // namespace retort

#endif
