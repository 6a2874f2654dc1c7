// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Buffers for code that is called again and again with the same sizes: what a call frees, the next
// one takes. The heap would return large ones to the system, which clears every page of them again.
#ifndef RETORT_LIB_RUNTIME_REUSEDMEMORY_H
#define RETORT_LIB_RUNTIME_REUSEDMEMORY_H

#include "lib/Runtime/GuardedMemory.h"

namespace retort::runtime {

/// One pool for the process. Sizes are rounded up by an eighth at most.
MemoryFunctions reusedMemory();
/// Returns what the pool holds and nobody uses.
void emptyReusedMemory();

} // namespace retort::runtime

#endif
