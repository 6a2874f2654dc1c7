// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// One operation that ONNX defines by others: its body in its place.
#ifndef RETORT_LIB_RAISE_DECOMPOSEFUNCTION_H
#define RETORT_LIB_RAISE_DECOMPOSEFUNCTION_H

#include "lib/Raise/OpsetImports.h"

#include "dialects/Onnx/Onnx.h"

namespace retort {

/// Replaces a node of the opset that `imports` says by typed operations, functions in its body too;
/// false where it is no function, or none of its bodies holds for it.
mlir::FailureOr<bool> decomposeFunction(onnx::NodeOp node, const OpsetImports &imports);

/// The same of typed operations; whether any was replaced.
mlir::FailureOr<bool> decomposeFunctions(llvm::ArrayRef<mlir::Operation *> typed);

} // namespace retort

#endif
