// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef RETORT_LOWER_TIEWEIGHTS
#define RETORT_LOWER_TIEWEIGHTS

include "mlir/Pass/PassBase.td"

def TieWeightsPass : Pass<"tie-weights", "::mlir::ModuleOp"> {
  let summary = "Keep one table where a file has two that are each other's transpose";
  let description = [{
    Exporters fold the transpose of a tied embedding: the file has the table of the lookup, and the same numbers once more as
    the matrix that makes the logits. A product whose second factor holds, bit for bit, the transpose of a table that is
    looked up reads that table then: numbers or codes, which are stored once.

    This is for native code: ONNX Runtime folds a Transpose of a constant into a second copy, so that a written file keeps
    those that it has.

    {{example test/Lower/tie-weights.mlir}}
  }];
  let dependentDialects = ["::retort::onnx::OnnxDialect"];
}

#endif
