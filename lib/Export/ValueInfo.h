// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a graph says of its inputs, outputs and values.
#ifndef RETORT_LIB_EXPORT_VALUEINFO_H
#define RETORT_LIB_EXPORT_VALUEINFO_H

#include "dialects/Onnx/Onnx.h"

namespace retort {

/// ValueInfoProto of a value; `dims` names its sizes, empty where they have no names.
onnx::MessageAttr makeValueInfo(llvm::StringRef name, mlir::Type type, mlir::ArrayAttr dims);

/// Whether what a file says of a value can be true of one of that type.
bool describes(onnx::MessageAttr valueInfo, mlir::Type type);

} // namespace retort

#endif
