// Sizes, axes and positions that operations get as tensors.
#ifndef RETORT_LIB_LOWER_SHAPES_H
#define RETORT_LIB_LOWER_SHAPES_H

#include "lib/Lower/Emitter.h"

namespace retort {

/// The axis counted from the front.
inline int64_t frontAxis(int64_t axis, int64_t rank) { return axis < 0 ? axis + rank : axis; }

/// The elements of a one-dimensional integer tensor of known length as indices; an error where its
/// length is not known.
llvm::FailureOr<SmallVector<Value>> indicesFrom(Emitter &e, Operation *op, Value tensor);

/// The same where a shape is meant: sizes that the type of the result knows are taken from it, and
/// so is the rank.
llvm::FailureOr<SmallVector<Value>> sizesFrom(Emitter &e, Operation *op, Value tensor, Type result);

/// The axes that an operand names, counted from the front: constants. All of 0 ... rank - 1 where
/// it is null.
llvm::FailureOr<SmallVector<int64_t>> axesFrom(Emitter &e, Operation *op, Value tensor,
                                               int64_t rank);

} // namespace retort

#endif
