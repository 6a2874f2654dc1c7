// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which rows of a matrix are not zero.
#ifndef RETORT_LIB_FORMATS_SPARSE_ROWPATTERN_H
#define RETORT_LIB_FORMATS_SPARSE_ROWPATTERN_H

#include "llvm/ADT/STLFunctionalExtras.h"

#include <algorithm>
#include <cstdint>

namespace retort {

/// n of each m rows of a column; 0 of 0: none.
struct RowPattern {
  int64_t n = 0, m = 0;
};

/// The narrowest pattern in which a matrix has all that is not zero, of those that are taken.
RowPattern findPattern(int64_t depth, int64_t columns, llvm::function_ref<bool(RowPattern)> isTaken,
                       llvm::function_ref<bool(int64_t k, int64_t n)> isZero);

} // namespace retort

#endif
