// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Updates of states that a graph of one token takes and gives.
#ifndef RETORT_LIB_RECURRENCE_STEPUPDATES_H
#define RETORT_LIB_RECURRENCE_STEPUPDATES_H

#include "lib/Support/Refusal.h"

namespace retort {

/// Replaces the updates of states, of which parts of an argument are the old and parts of a result
/// the new, by llm.retention of one row.
void recognizeStepUpdates(mlir::func::FuncOp function, Refusals &missed);

} // namespace retort

#endif
