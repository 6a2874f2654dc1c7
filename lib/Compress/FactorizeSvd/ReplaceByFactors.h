// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Two thin matrices in place of a weight.
#ifndef RETORT_LIB_COMPRESS_FACTORIZESVD_REPLACEBYFACTORS_H
#define RETORT_LIB_COMPRESS_FACTORIZESVD_REPLACEBYFACTORS_H

#include "lib/Weights/LinearWeights.h"

namespace retort {

/// Why a weight cannot become two factors; empty where it can.
std::string whyNotFactored(const LinearWeight &weight);

/// The error at a weight whose decomposition LAPACK gives up.
mlir::InFlightDiagnostic emitNoConvergence(const LinearWeight &weight);

uint64_t bytesOfFactors(const LinearWeight &weight, int64_t rank);

/// Lets all users take the factors in place of the weight, which is erased: `left` of rows x rank,
/// `right` of rank x columns, as the weight is stored.
void replaceByFactors(LinearWeight &weight, std::vector<float> left, std::vector<float> right,
                      int64_t rank);

/// Rows and columns swapped.
std::vector<float> transposed(llvm::ArrayRef<float> matrix, int64_t rows, int64_t columns);

} // namespace retort

#endif
