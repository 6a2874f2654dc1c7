// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a model itself says comes next, drawn.
#ifndef RETORT_LIB_CALIBRATE_DRAWNLABELS_H
#define RETORT_LIB_CALIBRATE_DRAWNLABELS_H

#include "lib/Runtime/Tensor.h"

namespace retort {

/// For each row of logits (T x V) an id with the probability that softmax gives it. Row t of call c
/// has a random number that follows from c and t alone: nothing is kept between calls. An id of
/// probability 0 is never drawn; a row that is not finite gives 0.
std::vector<int64_t> drawLabels(const runtime::Tensor &logits, uint64_t call);

} // namespace retort

#endif
