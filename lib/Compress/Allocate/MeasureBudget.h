// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The smallest budget with which a model, as it was measured, diverges no more than it may.
#ifndef RETORT_LIB_COMPRESS_ALLOCATE_MEASUREBUDGET_H
#define RETORT_LIB_COMPRESS_ALLOCATE_MEASUREBUDGET_H

#include "lib/Compress/Allocate/Allocation.h"

namespace retort {

/// In bytes. The model is read on the windows that were held back at most six times; a remark of
/// `method` tells each. An error at the module where even the largest budget is not enough.
llvm::FailureOr<int64_t> smallestBudgetWithin(double maxKl, const Allocation &allocation,
                                              mlir::ModuleOp module, llvm::StringRef method);

} // namespace retort

#endif
