// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The loop: makes a loss small, and never returns what is worse than the start.
//
//   held-out loss of the start
//   each step:  gradient of the whole batch, a part of it at a time; its norm; the update
//   each evaluate-every steps, and behind the last one:  held-out loss; the best state is copied
//
// A loss or a gradient that is not finite leads back to the best state so far, from which it goes
// on with half the rate and an optimizer that knows nothing; a second one ends it.
#ifndef RETORT_LIB_TRAINER_TRAINER_H
#define RETORT_LIB_TRAINER_TRAINER_H

#include "lib/Train/TrainingProgress.h"
#include "lib/Train/TrainsModels.h"
#include "lib/Trainer/WindowPlan.h"

namespace retort {

struct TrainingRun {
  const WindowPlan &plan;
  const TrainingOptions &options; ///< with a learning-rate above 0
  /// Tells what the loss follows from, beside parameters and data, from others: the teacher.
  std::string model;
  ReportTraining report;
  AfterStep afterStep = {};
};

/// An error where the loss of the start is not finite, where the objective fails, where the
/// checkpoint is not one of this training or cannot be written, and where a user interrupts it
/// whose checkpoint then has what is done. Interrupting one without a checkpoint ends the process.
llvm::Expected<TrainingResult> trainParameters(Objective &objective, const TrainingRun &run);

} // namespace retort

#endif
