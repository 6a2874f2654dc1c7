// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reductions along one axis that a softmax is made of.
#ifndef RETORT_LIB_LOWER_SOFTMAX_H
#define RETORT_LIB_LOWER_SOFTMAX_H

#include "lib/Lower/Emitter.h"

namespace retort {

/// In f32 or wider; the result lacks the axis.
Value maximumAlong(Emitter &e, Value tensor, int64_t axis);
Value sumAlong(Emitter &e, Value tensor, int64_t axis);

} // namespace retort

#endif
