// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a ledger tells of training runs, as numbers to plot.
#ifndef RETORT_TOOLS_RETORT_REPORTTRAINING_H
#define RETORT_TOOLS_RETORT_REPORTTRAINING_H

#include "llvm/Support/Error.h"
#include "llvm/Support/JSON.h"

namespace retort {

/// The records of a ledger with a `curve`, in their order, with the curve as a list:
///
///     [{"step", "loss", "held_out", "rate"}]
///
/// Losses are nats a token; a number that is not finite is null. An error where a curve is not
/// "STEP LOSS HELD-OUT RATE, ...".
llvm::Expected<llvm::json::Array> trainingRuns(const llvm::json::Array &records);

} // namespace retort

#endif
