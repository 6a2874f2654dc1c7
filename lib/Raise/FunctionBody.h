// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A FunctionProto of a model, and its body where it is called.
#ifndef RETORT_LIB_RAISE_FUNCTIONBODY_H
#define RETORT_LIB_RAISE_FUNCTIONBODY_H

#include "dialects/Onnx/Onnx.h"

namespace retort {

/// Names a function: domain, name and overload.
std::string functionKey(llvm::StringRef domain, llvm::StringRef name, llvm::StringRef overload);
std::string functionKey(onnx::MessageAttr function);
std::string calledFunction(onnx::NodeOp node);

/// Builds the nodes of the function in front of the call, from its operands and attributes; the
/// values that its results become, null where the call has none. What fails has reported why.
mlir::FailureOr<llvm::SmallVector<mlir::Value>>
buildBody(onnx::MessageAttr function, onnx::NodeOp call, llvm::SmallVectorImpl<onnx::NodeOp> &body);

} // namespace retort

#endif
