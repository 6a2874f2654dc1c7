// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Derives a decode step from the graph of a causal language model.
#ifndef RETORT_LIB_DECODESTEP_DECODESTEP_H
#define RETORT_LIB_DECODESTEP_DECODESTEP_H

#include "lib/Support/Refusal.h"

namespace retort {

/// Adds a function `step` behind `graph`, for texts of at most `context` tokens:
///   @step(tokens: 1xT, past, rows, states ...) -> (logits, states ...)
/// Nothing is left of it after a refusal.
llvm::LogicalResult deriveDecodeStep(mlir::func::FuncOp graph, int64_t context, Refusal &refusal);

} // namespace retort

#endif
