// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef RETORT_RAISE_DECOMPOSEFUNCTIONS
#define RETORT_RAISE_DECOMPOSEFUNCTIONS

include "mlir/Pass/PassBase.td"

def DecomposeFunctionsPass : Pass<"decompose-functions", "::mlir::ModuleOp"> {
  let summary = "Replace operations that are functions of others by their bodies";
  let description = [{
    Much of ONNX is defined by other operations: a standard's function has a body. A node that has no typed operation, and
    so no behaviour of its own, becomes the nodes of its body, and these become typed operations; functions in bodies do
    too. The bodies are those of the schema registry, and the texts in `dialects/Onnx/Functions`, where one operation may
    have several: the first whose condition holds for the inputs and attributes of the node is taken.

    A node without a body stays, with the reason why it could not be raised. Typed operations are decomposed where
    `operations` names them, and the module is simplified then: lowering names those that it does not know.

    {{example test/Raise/decompose-functions.mlir}}
  }];
  let options = [ListOption<"operations", "operations", "std::string", "Typed operations to decompose as well">];
  let dependentDialects = ["::retort::onnx::OnnxDialect"];
}

#endif
