// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Recomputation: what a part of a graph computes is forgotten, and computed again where its
// gradient asks for it. Source: Chen et al., Training deep nets with sublinear memory cost
// (1604.06174).
#ifndef RETORT_LIB_DIFFERENTIATE_SEGMENTS_H
#define RETORT_LIB_DIFFERENTIATE_SEGMENTS_H

#include "dialects/Retort/Backward.h"

#include "mlir/IR/IRMapping.h"

namespace retort {

/// Operations in a row. All but the first begin with a cut: the one value that goes from those
/// before to those behind.
struct Segment {
  mlir::Value cut; ///< null: of the first
  llvm::SmallVector<mlir::Operation *> operations;
};

/// Cuts the operations between parameters and the loss where one value alone is handed on, of those
/// that are `active`. In a residual network these are the stream before and behind each half of a
/// block; each second one is taken. One segment where there is no cut.
llvm::SmallVector<Segment> segmentsOf(llvm::ArrayRef<mlir::Operation *> way,
                                      const llvm::DenseSet<mlir::Value> &active,
                                      mlir::Value scalar);

/// What the results of these operations take, those that are active.
int64_t bytesOf(llvm::ArrayRef<mlir::Operation *> operations,
                const llvm::DenseSet<mlir::Value> &active);

/// Computes a segment again, at the builder: from its cut times `unit`, which is 1. Nobody who
/// merges equal operations knows that, so that what was computed first need not be kept. Adds the
/// copies to what is active, and `map` leads to them.
llvm::SmallVector<mlir::Operation *> recompute(const Segment &segment, mlir::Value unit,
                                               mlir::OpBuilder &builder, Adjoints &adjoints,
                                               mlir::IRMapping &map);

} // namespace retort

#endif
