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

struct GradientSpec {
  int64_t context = 0; ///< tokens of a text, T
  LossOptions loss;
  /// Constants of floats in the graph that become arguments.
  llvm::SmallVector<mlir::Operation *> parameters;
  bool wantsGradient = true; ///< else the loss alone
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
///     (tokens: 1xT i64, weights: T f32 [, teacher: TxV f32] [, unit: f32], parameters ...)
///         -> (loss: f32, gradients ...)
///
/// `teacher` are logits of the same tokens, where the loss reads them; `unit` is 1, where a
/// gradient may be recomputed. All shapes are static; what is f16 or bf16 in the graph is f32 here,
/// parameters and gradients included. Refuses graphs that read no single text, and operations
/// without a gradient on the way from a parameter to the loss.
llvm::FailureOr<mlir::OwningOpRef<mlir::ModuleOp>>
deriveGradient(mlir::func::FuncOp graph, const GradientSpec &spec, Refusal &refusal);

/// The same from what readSingleText makes of the graph with these parameters.
llvm::FailureOr<mlir::OwningOpRef<mlir::ModuleOp>>
deriveGradient(mlir::OwningOpRef<mlir::ModuleOp> text, const GradientSpec &spec, Refusal &refusal);

/// The logits of a graph that reads one text of so many tokens: (tokens: 1xT i64) -> TxV f32.
llvm::FailureOr<mlir::OwningOpRef<mlir::ModuleOp>> deriveLogits(mlir::func::FuncOp graph,
                                                                int64_t context, Refusal &refusal);

} // namespace retort

#endif
