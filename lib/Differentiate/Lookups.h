// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The way back of a lookup.
#ifndef RETORT_LIB_DIFFERENTIATE_LOOKUPS_H
#define RETORT_LIB_DIFFERENTIATE_LOOKUPS_H

#include "dialects/Retort/Backward.h"

namespace retort {

/// What came from one place adds up there: of the gradient of Gather along an axis, that of its
/// data, which has the shape `into`. Indices below 0 count from the end.
mlir::Value sumOfLookups(Backward &backward, mlir::Value gradient, mlir::Value indices,
                         int64_t axis, llvm::ArrayRef<int64_t> into);

} // namespace retort

#endif
