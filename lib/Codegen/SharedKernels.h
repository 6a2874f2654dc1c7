// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Kernels that are built for an operation, and shared by those that need the same.
#ifndef RETORT_LIB_CODEGEN_SHAREDKERNELS_H
#define RETORT_LIB_CODEGEN_SHAREDKERNELS_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/StringMap.h"

namespace retort {

class SharedKernels {
public:
  explicit SharedKernels(mlir::ModuleOp module) : module(module) {}

  /// The kernel, or one of the same text that is there already; its name becomes `prefix`, that
  /// which it has, a number, and `suffix`.
  mlir::func::FuncOp share(mlir::func::FuncOp kernel, llvm::StringRef prefix,
                           llvm::StringRef suffix = "");

private:
  mlir::ModuleOp module;
  llvm::StringMap<mlir::func::FuncOp> kernels; // by their text
};

} // namespace retort

#endif
