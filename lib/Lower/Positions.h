// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Checks of positions that only the run knows.
#ifndef RETORT_LIB_LOWER_POSITIONS_H
#define RETORT_LIB_LOWER_POSITIONS_H

#include "dialects/Onnx/Onnx.h"
#include "lib/Lower/Emitter.h"

namespace retort {

/// Stops the model where an element is not in -size ... size - 1. The check is a pass of its own
/// over the positions, so that the loop that uses them stays free of branches.
void requireInRange(Emitter &e, Operation *op, Value indices, Value size);
/// The same of the indices of a lookup; nothing where they are constants that are in range, of
/// which so nothing is left in code where the weight that they are codes of is packed.
void requireInRange(Emitter &e, onnx::GatherOp op, Value indices, Value size);

/// The same where an element is not in 0 ... most.
void requireCounts(Emitter &e, Operation *op, Value counts, Value most);

/// The same for tuples along the last axis, one size for each place of a tuple.
void requireAllInRange(Emitter &e, Operation *op, Value indices, ArrayRef<Value> sizes);

} // namespace retort

#endif
