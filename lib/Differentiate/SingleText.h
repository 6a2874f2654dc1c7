// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The graph of a language model for one text of a fixed length, whose parameters are arguments.
#ifndef RETORT_LIB_DIFFERENTIATE_SINGLETEXT_H
#define RETORT_LIB_DIFFERENTIATE_SINGLETEXT_H

#include "lib/Support/Refusal.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

namespace retort {

/// A module of a function `main` of (tokens: 1xT, parameters ...) that returns the logits, TxV in
/// f32. All shapes are static, and what follows from them alone is known.
llvm::FailureOr<mlir::OwningOpRef<mlir::ModuleOp>>
readSingleText(mlir::func::FuncOp graph, int64_t context,
               llvm::ArrayRef<mlir::Operation *> parameters, Refusal &refusal);

/// Lets the function `main` of such a module return these of its values, and drops what it does not
/// need for them.
llvm::LogicalResult returnResults(mlir::ModuleOp module, llvm::ArrayRef<mlir::Value> results,
                                  Refusal &refusal);

} // namespace retort

#endif
