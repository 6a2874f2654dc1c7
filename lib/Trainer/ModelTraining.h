// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Gives a context what trains models in it: implements lib/Train/TrainsModels.
#ifndef RETORT_LIB_TRAINER_MODELTRAINING_H
#define RETORT_LIB_TRAINER_MODELTRAINING_H

#include "lib/Train/TrainingProgress.h"

#include "mlir/IR/DialectRegistry.h"

namespace retort {

/// What is told of each training of the context; nothing: lines on stderr, for what is news.
void registerTraining(mlir::DialectRegistry &registry, ReportTraining report = {});

} // namespace retort

#endif
