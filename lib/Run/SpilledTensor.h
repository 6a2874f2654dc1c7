// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Activations that wait for their block.
#ifndef RETORT_LIB_RUN_SPILLEDTENSOR_H
#define RETORT_LIB_RUN_SPILLEDTENSOR_H

#include "lib/Runtime/Tensor.h"

namespace retort {

/// The same elements in memory that the system can write to disk, where they are many.
runtime::Tensor spilled(const runtime::Tensor &tensor);

} // namespace retort

#endif
