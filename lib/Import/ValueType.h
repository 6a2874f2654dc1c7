// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The types of values that a graph describes.
#ifndef RETORT_LIB_IMPORT_VALUETYPE_H
#define RETORT_LIB_IMPORT_VALUETYPE_H

#include "dialects/Onnx/Onnx.h"

namespace retort {

/// tensor<?x4xf32> for a ValueInfoProto, tensor<*x!onnx.unknown> for what is no tensor, or not
/// described (null). `dims` receives the names of the sizes.
mlir::Type valueType(mlir::MLIRContext *context, onnx::MessageAttr valueInfo,
                     llvm::SmallVectorImpl<mlir::Attribute> *dims = nullptr);

} // namespace retort

#endif
