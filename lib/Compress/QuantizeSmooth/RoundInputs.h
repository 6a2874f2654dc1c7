// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Rounds what products read, in front of them.
#ifndef RETORT_LIB_COMPRESS_QUANTIZESMOOTH_ROUNDINPUTS_H
#define RETORT_LIB_COMPRESS_QUANTIZESMOOTH_ROUNDINPUTS_H

#include "lib/Scaling/InputSets.h"
#include "lib/Scaling/SmoothSearch.h"

namespace retort {

/// What products with the weights of a set read is rounded to codes of this range, once for all of
/// them. Other readers read the activation as it is.
void roundInputs(const InputSet &set, const InputRange &range);

/// The same with the range that each activation turns out to have: onnx.DynamicQuantizeLinear.
void roundAsTheyCome(const InputSet &set);

} // namespace retort

#endif
