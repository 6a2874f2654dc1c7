// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The bias behind a product.
#ifndef RETORT_LIB_WEIGHTS_PRODUCTBIAS_H
#define RETORT_LIB_WEIGHTS_PRODUCTBIAS_H

#include "lib/Weights/LinearWeights.h"

namespace retort {

/// The constant of one number for each output that is added to what a product computes, and to
/// nothing else: that of a Gemm, or of an Add behind it. Null where there is none.
mlir::Value biasBehind(mlir::Operation *product);

/// Adds numbers to a bias, in place.
void addToBias(mlir::Value bias, llvm::ArrayRef<double> numbers);

/// Adds a bias behind a product, whose weight names it.
void addBias(mlir::Operation *product, LinearWeight &weight, llvm::ArrayRef<double> numbers);

} // namespace retort

#endif
