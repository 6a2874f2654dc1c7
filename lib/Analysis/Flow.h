// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Where values go, by what operations do with them.
#ifndef RETORT_LIB_ANALYSIS_FLOW_H
#define RETORT_LIB_ANALYSIS_FLOW_H

#include "mlir/IR/Value.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/SmallVector.h"

namespace retort {

/// The results to which an operation hands what comes in by a use; empty: the way ends there.
using FlowStep = llvm::function_ref<llvm::SmallVector<mlir::Value>(mlir::OpOperand &)>;

/// Every use that `source` reaches, step by step.
llvm::SmallVector<mlir::OpOperand *> usesReached(mlir::Value source, FlowStep step);

/// The slot of a typed operation that a use fills; -1 for other operations.
int slotOf(mlir::OpOperand &use);

/// Steps that keep each element as it is, and add others at most: movements, Concat, scatters into
/// it, and the slots of caches.
llvm::SmallVector<mlir::Value> carry(mlir::OpOperand &use);
/// Steps that keep the elements as they are, and their number for one row.
llvm::SmallVector<mlir::Value> reshapeOnly(mlir::OpOperand &use);
/// Steps that compute each element of the result from one element.
llvm::SmallVector<mlir::Value> elementwise(mlir::OpOperand &use);

} // namespace retort

#endif
