// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which inputs of a weight stay, and what it becomes without the others.
#ifndef RETORT_LIB_COMPRESS_PRUNESTRUCTURED_KEPTINPUTS_H
#define RETORT_LIB_COMPRESS_PRUNESTRUCTURED_KEPTINPUTS_H

#include "lib/Statistics/Hessian.h"

#include <optional>

namespace retort {

/// The places of the `count` inputs with the largest H_jj |w_j|^2, w_j being what all outputs
/// multiply input j with, in rising order (FLAP, arXiv:2312.11983). Rows of outputs x inputs.
std::vector<int64_t> chooseInputs(llvm::ArrayRef<float> weights, const Hessian &hessian,
                                  int64_t count);

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
