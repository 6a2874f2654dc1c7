// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The states of a graph that is a step by itself: it reads one token, and hands states on.
#ifndef RETORT_LIB_ANALYSIS_STATEROLES_H
#define RETORT_LIB_ANALYSIS_STATEROLES_H

#include "lib/Analysis/Roles.h"

namespace retort {

/// Whether the tokens are one for each text.
bool readsOneToken(mlir::func::FuncOp function, llvm::ArrayRef<std::string> argumentRoles);

/// Whether a graph with roles is a step by itself: it reads one token, and what it has read before
/// is in states that it takes and gives.
bool isStepGraph(mlir::func::FuncOp function);

/// Pairs the floats without a role that a graph of one token takes with those that it gives: the
/// next state has the type of the state and depends on it. Names, and then the order, decide where
/// several do.
void pairStates(mlir::func::FuncOp function, Roles &roles);

/// Whether names say that `next` is what becomes of `past`: "past_key_values.0.key" is
/// "present.0.key" next; "cache_0" is "updated_cache_0" or "cache_0_out".
bool isNextByName(llvm::StringRef past, llvm::StringRef next);

} // namespace retort

#endif
