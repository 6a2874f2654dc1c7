// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the arguments and results of a compiled function are: see the calling convention in
// lib/Emit/README.md.
#ifndef RETORT_LIB_CODEGEN_ENTRYPOINT_H
#define RETORT_LIB_CODEGEN_ENTRYPOINT_H

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace retort {

/// The positions of the arguments that are states, in the order of the states.
llvm::SmallVector<unsigned> stateArguments(mlir::func::FuncOp func);

/// The last results are the updated states: for result `i`, the position of its argument.
std::optional<unsigned> stateOfResult(mlir::func::FuncOp func, unsigned i);

} // namespace retort

#endif
