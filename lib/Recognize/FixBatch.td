// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef RETORT_RECOGNIZE_FIXBATCH
#define RETORT_RECOGNIZE_FIXBATCH

include "mlir/Pass/PassBase.td"

def FixBatchPass : Pass<"fix-batch", "::mlir::ModuleOp"> {
  let summary = "Fix the batch of a model at 1 where it can be no other";
  let description = [{
    A model that was exported with one text may call the size of its batch variable, and yet hold shapes that are made for
    1. Where shape inference says that the graph runs for one text of several lengths, but not for two or three, the
    inputs are given a batch of 1; all shapes follow. Models without tokens or embeddings are left alone.

    {{example test/Recognize/fix-batch.mlir}}
  }];
  let dependentDialects = ["::retort::onnx::OnnxDialect"];
}

#endif
