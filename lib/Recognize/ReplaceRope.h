// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Puts llm.rope in the place of a rotary embedding that was written out.
#ifndef RETORT_LIB_RECOGNIZE_REPLACEROPE_H
#define RETORT_LIB_RECOGNIZE_REPLACEROPE_H

#include "lib/Recognize/RopeMatch.h"

#include "mlir/IR/PatternMatch.h"

namespace retort {

/// Every use of the output becomes one of a new llm.rope on the input: with the tables as they are
/// looked up where they are, else with rows of them. Axes in another order, and coordinates, are
/// moved before and behind.
void replaceRope(mlir::IRRewriter &rewriter, const RopeMatch &match);

} // namespace retort

#endif
