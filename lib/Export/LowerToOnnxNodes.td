// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef RETORT_EXPORT_LOWERTOONNXNODES
#define RETORT_EXPORT_LOWERTOONNXNODES

include "mlir/Pass/PassBase.td"

def LowerToOnnxNodesPass : Pass<"lower-to-onnx-nodes", "::mlir::ModuleOp"> {
  let summary = "Return typed operations to the nodes of a file";
  let description = [{
    The inverse of `raise-onnx-nodes`: every typed operation becomes an `onnx.node`, with the names that the file gave it.
    The opset of each domain is the lowest from the imported one up at which all operations can be written; `opset` forces
    that of the standard, and what that does not have is decomposed where it is a function of what it has. Nodes that stayed nodes move along. The module's `opset_import` is updated, and descriptions of
    values that are no longer there are dropped.

    {{example test/Export/lower-to-onnx-nodes.mlir}}
  }];
  let options = [Option<"opset", "opset", "int64_t", /*default=*/"0",
                        "Opset of the standard's operations; 0: the lowest that carries them">];
  let dependentDialects = ["::retort::onnx::OnnxDialect"];
}

#endif
