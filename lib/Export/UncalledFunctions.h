// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A model's own functions that nothing calls any more.
#ifndef RETORT_LIB_EXPORT_UNCALLEDFUNCTIONS_H
#define RETORT_LIB_EXPORT_UNCALLEDFUNCTIONS_H

#include "dialects/Onnx/Onnx.h"

#include "mlir/IR/BuiltinOps.h"

namespace retort {

/// The nodes of a module that call its own functions.
llvm::SmallVector<onnx::NodeOp> callsOfFunctions(mlir::ModuleOp module);

/// Drops the functions that neither a node nor a function that is called calls.
void dropUncalledFunctions(mlir::ModuleOp module);

} // namespace retort

#endif
