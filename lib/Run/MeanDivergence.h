// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How far the logits of a window are from those of the model as it was.
#ifndef RETORT_LIB_RUN_MEANDIVERGENCE_H
#define RETORT_LIB_RUN_MEANDIVERGENCE_H

#include "lib/Runtime/Tensor.h"

namespace retort {

/// KL(reference || changed) in nats a token: the mean over all rows but the last, which tells what
/// comes behind the window, and nobody knows. Both are tokens x vocabulary, f32.
double meanDivergence(const runtime::Tensor &changed, const runtime::Tensor &reference);

} // namespace retort

#endif
