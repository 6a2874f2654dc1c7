// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which units stay where the others make up for each that goes.
#ifndef RETORT_LIB_COMPRESS_PRUNESTRUCTURED_UNITRESIDUALS_H
#define RETORT_LIB_COMPRESS_PRUNESTRUCTURED_UNITRESIDUALS_H

#include "lib/Statistics/Hessian.h"

#include <optional>

namespace retort {

/// Units go one after another: each time the one without which the outputs are off least, the
/// others being fitted to it (the optimal brain surgeon with blocks, as in ZipLM,
/// arXiv:2302.04089). In each of `parts` equal runs of units `count` stay. Rows of outputs x
/// inputs; C = H + damping * mean(diag H) * I, in f64. nullopt where C is singular.
std::optional<std::vector<char>> chooseByResidual(llvm::ArrayRef<float> weights,
                                                  const Hessian &hessian,
                                                  llvm::ArrayRef<int32_t> unitOfInput,
                                                  int64_t units, int64_t parts, int64_t count,
                                                  double damping);

} // namespace retort

#endif
