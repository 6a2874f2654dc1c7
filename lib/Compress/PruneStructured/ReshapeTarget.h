// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The sizes that a Reshape names, one of which changes.
#ifndef RETORT_LIB_COMPRESS_PRUNESTRUCTURED_RESHAPETARGET_H
#define RETORT_LIB_COMPRESS_PRUNESTRUCTURED_RESHAPETARGET_H

#include "mlir/IR/Operation.h"

namespace retort {

/// Whether the size of an axis of the result is a constant, or the rest: the operand that names the
/// sizes is one constant, or a Concat of which some part is.
bool canResize(mlir::Operation *reshape, int64_t axis);

/// Whether the size of an axis of the result is the rest of all elements.
bool isRest(mlir::Operation *reshape, int64_t axis);

/// Names another size, in a constant of its own; nothing where the size is the rest, or copied.
void resizeTarget(mlir::Operation *reshape, int64_t axis, int64_t size);

} // namespace retort

#endif
