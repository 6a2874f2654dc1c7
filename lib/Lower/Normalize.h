// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Normalizations over trailing axes, shared by the operations that are made of them.
#ifndef RETORT_LIB_LOWER_NORMALIZE_H
#define RETORT_LIB_LOWER_NORMALIZE_H

#include "lib/Lower/Emitter.h"

namespace retort {

struct Normalized {
  Value result;
  Value mean, inverse; // without the axes; mean is null for root mean square
};

/// (x - mean) / sqrt(variance + epsilon) over the axes from `axis` on, times weight, plus bias
/// (either may be null), in f32 or wider. With `rms` there is no mean. `roundFirst`: rounded to the
/// element type before the weight.
Normalized normalize(Emitter &e, Operation *op, Value data, int64_t axis, Value weight, Value bias,
                     double epsilon, bool rms, bool roundFirst = false);

} // namespace retort

#endif
