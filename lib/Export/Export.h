// Export: the inverse of import. onnx.node becomes the bytes of an ONNX file.
#ifndef RETORT_LIB_EXPORT_EXPORT_H
#define RETORT_LIB_EXPORT_EXPORT_H

#include "mlir/IR/BuiltinOps.h"

namespace retort {

/// Writes a module of onnx.node. Tensors that were external go to the files and offsets that the model gave them where
/// they still fit and no other file is there, else to `PATH.data`. Every file is replaced when it is complete. Reports an
/// error and fails where the module holds other operations, or weights without data.
mlir::LogicalResult exportOnnx(mlir::ModuleOp module, llvm::StringRef path);

} // namespace retort

#endif
