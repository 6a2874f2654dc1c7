// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Plain numbers as kernels read them.
#ifndef RETORT_LIB_FORMATS_DENSE_DENSE_H
#define RETORT_LIB_FORMATS_DENSE_DENSE_H

#include "dialects/Compress/WeightExpression.h"

namespace retort {

/// A matrix of the numbers that an expression stands for, its axes swapped or not; without a key.
WeightMatrix denseMatrix(const compress::WeightExpression &source, bool isSwapped);

/// The same of some of the elements: those of column n lie from `begin + n * depth` on.
WeightMatrix denseMatrixOfRows(const compress::WeightExpression &source, int64_t begin,
                               int64_t depth, int64_t columns);

} // namespace retort

#endif
