// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef RETORT_IMPORT_RESOLVEWEIGHTS
#define RETORT_IMPORT_RESOLVEWEIGHTS

include "mlir/Pass/PassBase.td"

def ResolveWeightsPass : Pass<"resolve-weights", "::mlir::ModuleOp"> {
  let summary = "Map the weights that a module leaves in the files of its model";
  let description = [{
    `retort compile --emit=mlir --weights=refer` writes modules without the bytes of weights that lie in the model's own
    files: `onnx.referred_weights` names the files and offsets. This pass maps them. A file that is missing, of another
    size, or whose weights begin with other bytes is an error. Retort's own tools run it first; in others it belongs at
    the beginning of the pipeline.

    {{example test/Import/resolve-weights.mlir}}
  }];
  let dependentDialects = ["::retort::onnx::OnnxDialect"];
}

#endif
