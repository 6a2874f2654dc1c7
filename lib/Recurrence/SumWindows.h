// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef RETORT_LIB_RECURRENCE_SUMWINDOWS_H
#define RETORT_LIB_RECURRENCE_SUMWINDOWS_H

#include "mlir/IR/Block.h"

namespace retort {

/// Weighted sums over rows that were laid side by side for it become sums of these rows. A short
/// convolution of a body that keeps its last rows in a state has such a window for each row of the
/// text, several times as large as the rows.
void sumWindows(mlir::Block &block);

} // namespace retort

#endif
