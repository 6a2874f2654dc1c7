// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Export: the inverse of import. onnx.node becomes the bytes of an ONNX file.
#ifndef RETORT_LIB_EXPORT_EXPORT_H
#define RETORT_LIB_EXPORT_EXPORT_H

#include "lib/Support/FilePlan.h"

#include "mlir/IR/BuiltinOps.h"

namespace retort {

/// Readers refuse more, in bytes.
constexpr size_t largestProtobuf = INT32_MAX;

/// Writes a module of onnx.node. Tensors that were outside of the imported file go to the files and
/// offsets that it gave them, where all of them still are what they were in number and size and
/// none of the files exists; else, without gaps, to `PATH.data`, beside PATH. So do large
/// initializers where the model would be larger than `largest` bytes. The files appear when they
/// are complete, and whoever reads PATH at any moment finds the data that it refers to.
/// Reports an error and fails where the module holds other operations, or weights without data.
mlir::LogicalResult exportOnnx(mlir::ModuleOp module, llvm::StringRef path,
                               size_t largest = largestProtobuf);

/// Adds what that may write. An ONNX model may replace the one that it is made of, with its data.
void planOnnx(FilePlan &files, llvm::StringRef model, llvm::StringRef path);

} // namespace retort

#endif
