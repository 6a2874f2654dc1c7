// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What blocks of a model hand on: the values that a student has in common with its teacher.
#ifndef RETORT_LIB_DIFFERENTIATE_HIDDENSTATES_H
#define RETORT_LIB_DIFFERENTIATE_HIDDENSTATES_H

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace retort {

/// Of a graph that reads a single text of T tokens (SingleText): the values of T rows that every
/// way from the tokens to the logits goes through, in order. In a residual network these are what
/// tokens look up, and the stream behind each half of a block; what the last product reads is
/// none.
llvm::SmallVector<mlir::Value> hiddenStates(mlir::func::FuncOp text);

/// A hidden state of a student, and the one of its teacher that it is held against, by their
/// places.
struct HiddenPair {
  size_t own, teacher;
};

/// By their names, where the student was made of its teacher: what was dropped has no partner.
/// Else by their places, evenly, the first and the last of both.
llvm::SmallVector<HiddenPair> pairHiddenStates(llvm::ArrayRef<mlir::Value> own,
                                               llvm::ArrayRef<mlir::Value> teacher, bool byName);

} // namespace retort

#endif
