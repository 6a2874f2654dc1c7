// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Operations that are functions of others: the generated table of their bodies.
#ifndef RETORT_DIALECTS_ONNX_SCHEMA_FUNCTION_H
#define RETORT_DIALECTS_ONNX_SCHEMA_FUNCTION_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

namespace retort::onnx {

struct FunctionBody {
  llvm::StringLiteral domain, name;
  /// What must hold of a call, separated by spaces: `x` is given (an input or an attribute),
  /// `x=value` and `x>number` of an attribute, `x:tensor(bool)` of an input; `!` in front: it must
  /// not.
  llvm::StringLiteral condition;
  /// The version of the standard that the nodes of the body are of.
  int64_t opset;
  /// An encoded FunctionProto.
  llvm::StringRef proto;
};

/// Of all operations, by domain and name.
llvm::ArrayRef<FunctionBody> allFunctionBodies();
/// The bodies of an operation, those of the newest opset first; none where it is no function.
llvm::ArrayRef<FunctionBody> functionBodies(llvm::StringRef domain, llvm::StringRef name);

} // namespace retort::onnx

#endif
