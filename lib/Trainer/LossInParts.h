// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The loss of more windows than are read at once.
#ifndef RETORT_LIB_TRAINER_LOSSINPARTS_H
#define RETORT_LIB_TRAINER_LOSSINPARTS_H

#include "lib/Trainer/Objective.h"

#include "llvm/ADT/STLFunctionalExtras.h"

namespace retort {

/// Called before each part; its error ends the loss.
using BeforePart = llvm::function_ref<llvm::Error()>;

/// The mean over all windows, of which at most `most` are read at once, and no more than the
/// objective takes.
llvm::Expected<double> lossInParts(Objective &objective, llvm::ArrayRef<TokenWindow> windows,
                                   size_t most, const ParameterValues &values, BeforePart before);

/// The same, and sets `gradient`: parts are added in the order of the windows.
llvm::Expected<double> gradientInParts(Objective &objective, llvm::ArrayRef<TokenWindow> windows,
                                       size_t most, const ParameterValues &values,
                                       ParameterValues &gradient, BeforePart before);

} // namespace retort

#endif
