// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// All that the next step follows from, so that a run that goes on comes to the same bytes.
#ifndef RETORT_LIB_TRAINER_TRAININGSTATE_H
#define RETORT_LIB_TRAINER_TRAININGSTATE_H

#include "lib/Train/TrainsModels.h"
#include "lib/Trainer/Optimizer.h"

#include "llvm/Support/JSON.h"

namespace retort {

struct TrainingState {
  int64_t step = 0;      ///< how many are made
  int64_t measured = -1; ///< the step before which the held-out loss was measured last
  int64_t notBetter = 0; ///< measurements since the best one
  int64_t failures = 0;  ///< losses or gradients that were not finite
  double rateFactor = 1; ///< what they leave of the rate
  double lossSum = 0;    ///< of the steps since the last measurement
  int64_t lossCount = 0;
  int64_t tokens = 0; ///< that were trained on
  double seconds = 0;
  double before = 0;  ///< held-out loss of the start
  double heldOut = 0; ///< the last one that was measured
  double bestLoss = 0;
  int64_t bestStep = 0;
  std::vector<TrainingPoint> curve;
  std::string note; ///< why it ended, where no step may follow

  ParameterValues values;
  OptimizerState optimizer;
  ParameterValues best; ///< empty: the start

  /// All but the arrays.
  llvm::json::Object numbers() const;
  /// False where something is missing.
  bool setNumbers(const llvm::json::Object &object);
};

/// Those that parameters start from.
ParameterValues startOf(llvm::ArrayRef<Parameter> parameters);

} // namespace retort

#endif
