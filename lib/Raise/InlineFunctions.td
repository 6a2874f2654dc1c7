// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef RETORT_RAISE_INLINEFUNCTIONS
#define RETORT_RAISE_INLINEFUNCTIONS

include "mlir/Pass/PassBase.td"

def InlineFunctionsPass : Pass<"inline-functions", "::mlir::ModuleOp"> {
  let summary = "Replace calls of a model's own functions by their bodies";
  let description = [{
    A model may bring functions of its own (`ModelProto.functions`): nodes of their name and domain are calls. Each call
    becomes the nodes of the function, calls in it too; references to the function's attributes become the values that
    the call gives, or the function's defaults, or nothing. Nodes come from the opset that the function imports to that of
    the model. Their names get the call's name in front. The functions, and the domains that they alone used, leave the
    model.

    {{example test/Raise/inline-functions.mlir}}
  }];
  let dependentDialects = ["::retort::onnx::OnnxDialect"];
}

#endif
