// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The pass compress-expand.
#ifndef RETORT_COMPRESS_EXPAND
#define RETORT_COMPRESS_EXPAND

include "mlir/Pass/PassBase.td"

def ExpandPass : Pass<"compress-expand", "::mlir::ModuleOp"> {
  let summary = "Compute compressed weights";
  let description = [{
    The inverse of the methods, as far as they have one: every weight becomes the plain matrix that it stands for, named as
    it was. Sums and products of constants, such as a low-rank correction, are computed too. For checks: what a method did
    to a model shows in a comparison of two plain ones.

    {{example test/Compress/Expand/expand.mlir}}
  }];
  let dependentDialects = ["::retort::onnx::OnnxDialect", "::retort::compress::CompressDialect"];
}

#endif
