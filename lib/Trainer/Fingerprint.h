// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What tells a training from others: all that its states follow from.
#ifndef RETORT_LIB_TRAINER_FINGERPRINT_H
#define RETORT_LIB_TRAINER_FINGERPRINT_H

#include "lib/Trainer/Objective.h"
#include "lib/Trainer/WindowPlan.h"

#include "llvm/Support/JSON.h"

namespace retort {

/// Hashes of parameters (names, sizes, values, rates, decay), data and `model` (what else the loss
/// follows from), and the options that change a step. Those that say when it ends, and what is kept
/// of it, have no part in it.
llvm::json::Object fingerprintOf(llvm::ArrayRef<Parameter> parameters, const WindowPlan &plan,
                                 llvm::StringRef model, const TrainingOptions &options);

} // namespace retort

#endif
