// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef RETORT_CODEGEN_SINKINTOLOOPS
#define RETORT_CODEGEN_SINKINTOLOOPS

include "mlir/Pass/PassBase.td"

def SinkIntoLoopsPass : Pass<"codegen-sink-into-loops", "::mlir::ModuleOp"> {
  let summary = "Compute what a loop takes row by row when it takes it";
  let description = [{
    An element-wise `linalg.generic` whose only reader is a loop that takes one slice a round, at its counter, moves into the
    loop: each element is still computed once, and what is computed for one row stays in the cache until it is read, where
    all rows would go through memory. Recurrences whose decays depend on the text take several tensors of the size of a state
    for each row.

    {{example test/Codegen/sink-into-loops.mlir}}
  }];
  let dependentDialects = ["::mlir::linalg::LinalgDialect", "::mlir::affine::AffineDialect", "::mlir::tensor::TensorDialect"];
}

#endif
