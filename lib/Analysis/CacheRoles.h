// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Inputs that say where in a cache new rows are written, and how many rows hold the text.
#ifndef RETORT_LIB_ANALYSIS_CACHEROLES_H
#define RETORT_LIB_ANALYSIS_CACHEROLES_H

#include "lib/Analysis/Roles.h"

namespace retort {

/// Adds to `roles`, of integers that have none and at most one axis, and become indices of rows
/// that are written into an argument of the graph, or reach the scores of attention:
/// - "positions", where there is one number for each token;
/// - "start", where rows are written from it on;
/// - "length" otherwise: a number of columns.
void findCacheRoles(mlir::func::FuncOp function, Roles &roles);

/// Whether an argument is one number for each text, not for each token: by its sizes.
bool isOneForEachText(mlir::func::FuncOp function, mlir::BlockArgument argument,
                      const Roles &roles);

/// Whether the value is an argument of the graph whose elements were moved at most.
bool isMovedArgument(mlir::Value value);

/// Whether the scores of attention are masked by what comes in there.
bool masksScores(mlir::OpOperand &use);
/// Steps of masks and lengths: anything but products of matrices, norms and tables of floats.
llvm::SmallVector<mlir::Value> towardsScores(mlir::OpOperand &use);

} // namespace retort

#endif
