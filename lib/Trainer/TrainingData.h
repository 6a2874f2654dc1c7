// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the options of a training mean for a model: files that are open, and the length of windows.
#ifndef RETORT_LIB_TRAINER_TRAININGDATA_H
#define RETORT_LIB_TRAINER_TRAININGDATA_H

#include "lib/Trainer/WindowPlan.h"

#include "mlir/IR/BuiltinOps.h"

namespace retort {

struct TrainingData {
  std::unique_ptr<TokenSource> data, heldOut; ///< the second one may be null: a share of the first
  TrainingOptions options;                    ///< with a context that is not 0

  /// An error where they have ids that a model of so many logits does not.
  llvm::Error expectLogits(int64_t logits) const;
};

/// Windows are as long as the options say, else as those of the data, else as the model was trained
/// with. What is generated is drawn by the teacher. An error where a file is none of tokens, or has
/// ids that the model has no logits for.
llvm::Expected<TrainingData> openData(mlir::ModuleOp model, mlir::ModuleOp teacher,
                                      TrainingOptions options);

} // namespace retort

#endif
