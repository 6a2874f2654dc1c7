// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reductions along axes, shared by the operations that are made of them.
#ifndef RETORT_LIB_LOWER_REDUCE_H
#define RETORT_LIB_LOWER_REDUCE_H

#include "lib/Lower/Emitter.h"

namespace retort {

/// Reduces `axes` of a tensor; `step(element, accumulator)` in the accumulator's type. The result
/// lacks the axes.
Value reduceAxes(Emitter &e, Value tensor, ArrayRef<int64_t> axes, Value start,
                 llvm::function_ref<Value(Value element, Value accumulator)> step);

/// The map that reads a result of reduceAxes in a loop nest over the whole tensor.
AffineMap withoutAxes(Emitter &e, int64_t rank, ArrayRef<int64_t> axes);

/// f32 for what is narrower, else the type itself.
Type accumulatorType(Emitter &e, Type element);

} // namespace retort

#endif
