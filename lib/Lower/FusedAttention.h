// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Attention that one kernel computes.
#ifndef RETORT_LIB_LOWER_FUSEDATTENTION_H
#define RETORT_LIB_LOWER_FUSEDATTENTION_H

#include "dialects/Llm/Llm.h"
#include "lib/Lower/Emitter.h"

namespace retort {

/// Why the attention is lowered to linalg step by step; empty where it is fused.
std::string whyNotFused(Emitter &e, llm::AttentionOp op);

/// fused.attention of the rows with all columns of keys and values, of which `past` lie before the
/// first row where the operation tells no offset. Sizes have been checked.
Value fuseAttention(Emitter &e, llm::AttentionOp op, Value keys, Value values, Value past);

} // namespace retort

#endif
