// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The one way to open a model: ONNX is imported, bytecode is mapped, text is parsed.
#ifndef RETORT_LIB_IMPORT_LOADMODULE_H
#define RETORT_LIB_IMPORT_LOADMODULE_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

namespace retort {

/// Null, with an error reported on the context, where the file cannot be read.
mlir::OwningOpRef<mlir::ModuleOp> loadModule(llvm::StringRef path, mlir::MLIRContext *context);

/// Text or bytecode alone, whose weights may still lie in files that it refers to.
mlir::OwningOpRef<mlir::ModuleOp> parseModule(llvm::StringRef path, mlir::MLIRContext *context);

} // namespace retort

#endif
