// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// One node of a file as a typed operation.
#ifndef RETORT_LIB_RAISE_RAISENODE_H
#define RETORT_LIB_RAISE_RAISENODE_H

#include "lib/Raise/NodeForm.h"
#include "lib/Raise/OpsetImports.h"

#include "dialects/Onnx/Onnx.h"

namespace retort {

/// Reads the node, and brings it from the opset of the file to the canonical one.
Refusal readCanonical(onnx::NodeOp node, const OpsetImports &imports, NodeForm &form,
                      mlir::OpBuilder &builder);

/// Puts a typed operation in the place of a node, or leaves on it why not. True where the node has
/// no uses any more: then it is the caller's to erase.
bool raiseNode(onnx::NodeOp node, const OpsetImports &imports);

} // namespace retort

#endif
