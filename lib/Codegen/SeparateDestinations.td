// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef RETORT_CODEGEN_SEPARATEDESTINATIONS
#define RETORT_CODEGEN_SEPARATEDESTINATIONS

include "mlir/Pass/PassBase.td"

def SeparateDestinationsPass : Pass<"codegen-separate-destinations", "::mlir::ModuleOp"> {
  let summary = "Give every operation a destination of its own";
  let description = [{
    Each operation that writes into a `tensor.empty`, or into one that was filled with a number, gets one of its own. Shared by
    the layers of a model, such a tensor would be copied for all but the last of them; and layers that do the same would not
    look the same, which `codegen-roll-layers` asks for.

    {{example test/Codegen/separate-destinations.mlir}}
  }];
  let dependentDialects = ["::mlir::linalg::LinalgDialect", "::mlir::tensor::TensorDialect"];
}

#endif
