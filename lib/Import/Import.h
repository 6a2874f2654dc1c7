// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Import: the bytes of an ONNX file become onnx.node. Nothing is understood beyond the structure,
// and nothing is lost.
#ifndef RETORT_LIB_IMPORT_IMPORT_H
#define RETORT_LIB_IMPORT_IMPORT_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

namespace retort {

/// Reads a model. Large weights stay in the mapped file, which lives as long as they do. Reports
/// one error on the context and fails where the file is no model or reaches for data that it must
/// not have.
mlir::FailureOr<mlir::OwningOpRef<mlir::ModuleOp>> importOnnx(llvm::StringRef path,
                                                              mlir::MLIRContext *context);

} // namespace retort

#endif
