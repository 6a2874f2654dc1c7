// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// An operation of a step, for all steps at once.
#ifndef RETORT_LIB_RECURRENCE_VECTORFORM_H
#define RETORT_LIB_RECURRENCE_VECTORFORM_H

#include "dialects/Onnx/Build.h"
#include "lib/Support/Refusal.h"

#include "mlir/IR/Operation.h"
#include "llvm/ADT/DenseMap.h"

namespace retort {

/// The values of a body in front of its loop: those that are the same in each step, and those of
/// all steps, with the steps along a new first axis.
struct ValuesOverTime {
  llvm::DenseMap<mlir::Value, mlir::Value> same, all;

  bool varies(mlir::Value value) const { return all.contains(value); }
  /// What stands for a value that is the same in each step: one of outside stands for itself.
  mlir::Value fixed(mlir::Value value) const {
    auto found = same.find(value);
    return found == same.end() ? value : found->second;
  }
};

/// Computes an operation for all steps, as `builder` stands; notes its results in `values`. Fails,
/// without a trace but dead operations, and says why, where there is no rule for it.
llvm::LogicalResult computeOverTime(mlir::OpBuilder &builder, mlir::Operation *op,
                                    ValuesOverTime &values, Refusal &refusal);

} // namespace retort

#endif
