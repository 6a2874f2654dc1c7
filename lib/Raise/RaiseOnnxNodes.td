// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef RETORT_RAISE_RAISEONNXNODES
#define RETORT_RAISE_RAISEONNXNODES

include "mlir/Pass/PassBase.td"

def RaiseOnnxNodesPass : Pass<"raise-onnx-nodes", "::mlir::ModuleOp"> {
  let summary = "Turn the nodes of a file into typed operations at the canonical opset";
  let description = [{
    Every `onnx.node` whose operation is declared becomes it: `onnx.node "MatMul"` is `onnx.MatMul`, in the graphs of If,
    Loop and Scan too. A node of an older opset is brought to the canonical one first; where an attribute became an input
    since, it becomes a constant. Names, documentation and the order of attributes stay on the operation as discardable
    attributes `onnx.*`, so that `lower-to-onnx-nodes` restores the file byte for byte.

    What no typed operation is declared for, or is not valid at its opset, stays a node, with the reason in the attribute
    `onnx.refused` and a `missed` remark.

    {{example test/Raise/raise-onnx-nodes.mlir}}
  }];
  let dependentDialects = ["::retort::onnx::OnnxDialect"];
}

#endif
