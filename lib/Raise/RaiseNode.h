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

/// Replaces a node by its typed operation, or leaves on it why not. True where it is replaced.
bool raiseNode(onnx::NodeOp node, const OpsetImports &imports);

} // namespace retort

#endif
