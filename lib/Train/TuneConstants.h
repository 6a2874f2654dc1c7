// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Training of what a model has, as it stands: the methods that add nothing.
#ifndef RETORT_LIB_TRAIN_TUNECONSTANTS_H
#define RETORT_LIB_TRAIN_TUNECONSTANTS_H

#include "lib/Train/TrainStudent.h"

namespace retort {

/// Constants of the graph that a model has learned and that a name stands for:
///
///     all      every one
///     scales   of codes
///     norms    vectors that a norm multiplies with
///     biases   other vectors
///     factors  both matrices of a product that stands for a weight
///
/// or, in any other case, a regular expression that their names match. Several are separated by
/// commas. An error at the module where the expression is none, or nothing is found.
llvm::FailureOr<llvm::SmallVector<mlir::Operation *>>
constantsToTune(mlir::ModuleOp module, llvm::StringRef method, llvm::StringRef parameters);

/// Trains what `parameters` names, as constantsToTune has it, at the rate of weights where the
/// options have none. The pass of a method that adds nothing.
llvm::LogicalResult tuneNamed(mlir::ModuleOp module, llvm::StringRef method,
                              llvm::StringRef parameters, TrainingOptions options);

/// Trains these constants of the module, and gives them the numbers that are best on what was held
/// out: none, where that is the model as it was. Each that changed has a remark.
llvm::LogicalResult tuneConstants(mlir::ModuleOp module, llvm::StringRef method,
                                  llvm::ArrayRef<mlir::Operation *> constants,
                                  const TrainingOptions &options);

} // namespace retort

#endif
