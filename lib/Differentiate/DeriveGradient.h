// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The loss of a graph that reads one text, and its gradient, as functions.
#ifndef RETORT_LIB_DIFFERENTIATE_DERIVEGRADIENT_H
#define RETORT_LIB_DIFFERENTIATE_DERIVEGRADIENT_H

#include "lib/Differentiate/Loss.h"
#include "lib/Support/Refusal.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

namespace retort {

/// A hidden state of a graph, by its place among hiddenStates, and the width of what it is held
/// against; where that is another, a matrix leads from one to the other.
struct HiddenTarget {
  size_t place;
  int64_t width;
};

struct GradientSpec {
  int64_t context = 0; ///< tokens of a text, T
  LossOptions loss;
  /// Constants of floats in the graph that become arguments.
  llvm::SmallVector<mlir::Operation *> parameters;
  bool wantsGradient = true; ///< else the loss alone
  /// Hidden states that are held against a teacher's, and what the mean of their losses is
  /// multiplied with (HiddenLoss).
  llvm::SmallVector<HiddenTarget> hidden;
  double hiddenFactor = 0;
  /// Bytes of values that are kept for the gradient; where they take more, a segment at a time is
  /// computed again. -1: all are kept.
  int64_t mostBytes = -1;
  /// Bytes of logits that are made at once: the loss and its gradient are taken for some rows after
  /// the other, at least 64 of them. Where the product that makes logits is trained, each part goes
  /// through all of its gradient, and is eight times as large.
  int64_t logitBytes = 32 << 20;
};

/// A module of one function `main`:
///
///     (tokens: 1xT i64, weights: T f32 [, teacher: TxV f32] [, hidden: TxD f32 ...]
///      [, maps: dxD f32 ...] [, unit: f32], parameters ...)
///         -> (loss: f32, gradients of parameters ..., gradients of maps ...)
///
/// `teacher` are logits of the same tokens, where the loss reads them, `hidden` states of the
/// teacher, `maps` for those of them that are of another width; `unit` is 1, where a
/// gradient may be recomputed. All shapes are static; what is f16 or bf16 in the graph is f32 here,
/// parameters and gradients included. Refuses graphs that read no single text, and operations
/// without a gradient on the way from a parameter to the loss.
llvm::FailureOr<mlir::OwningOpRef<mlir::ModuleOp>>
deriveGradient(mlir::func::FuncOp graph, const GradientSpec &spec, Refusal &refusal);

/// The same from what readSingleText makes of the graph with these parameters.
llvm::FailureOr<mlir::OwningOpRef<mlir::ModuleOp>>
deriveGradient(mlir::OwningOpRef<mlir::ModuleOp> text, const GradientSpec &spec, Refusal &refusal);

/// Lets a graph that reads one text give these of its hidden states, TxD each, behind its logits or
/// in their place.
llvm::LogicalResult returnHiddenStates(mlir::ModuleOp text, llvm::ArrayRef<mlir::Value> states,
                                       bool keepsLogits, Refusal &refusal);

/// The logits of a graph that reads one text of so many tokens: (tokens: 1xT i64) -> TxV f32.
llvm::FailureOr<mlir::OwningOpRef<mlir::ModuleOp>> deriveLogits(mlir::func::FuncOp graph,
                                                                int64_t context, Refusal &refusal);

} // namespace retort

#endif
