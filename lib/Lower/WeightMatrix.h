// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Finds constant matrices, and the format in which kernels read them.
#ifndef RETORT_LIB_LOWER_WEIGHTMATRIX_H
#define RETORT_LIB_LOWER_WEIGHTMATRIX_H

#include "dialects/Linear/WeightMatrix.h"

namespace retort {

/// What the value is as a weight, with its axes swapped or not: a constant or a compressed one
/// whose numbers are large; the compiler sees those of others. Where no kernel reads its form, or
/// where that takes no fewer bytes, it is a dense one of the numbers that it stands for.
std::optional<WeightMatrix> weightMatrixOf(mlir::Value matrix, bool isSwapped);

/// The constants that make a value, and how: tells it from every other.
mlir::Attribute keyOf(mlir::Value value);

} // namespace retort

#endif
