// The pass compress-expand.
#ifndef RETORT_COMPRESS_EXPAND
#define RETORT_COMPRESS_EXPAND

include "mlir/Pass/PassBase.td"

def ExpandPass : Pass<"compress-expand", "::mlir::ModuleOp"> {
  let summary = "Compute compressed weights, or write them in ONNX's own forms";
  let description = [{
    The inverse of the methods, as far as they have one.

    - `to=dense`: every weight becomes the plain matrix that it stands for, named as it was: what checks compare with.
    - `to=onnx`: only what ONNX cannot say changes, and no number does. Codes of 3 bits become codes of 4, those of 5, 6 and
      7 bits codes of 8, under the same scales. A sparse matrix is filled up with zeros, or, where its values are
      quantized, with the codes of zero.

    {{example test/Compress/Expand/expand.mlir}}
  }];
  let options = [Option<"to", "to", "std::string", "\"dense\"", "dense or onnx">];
  let dependentDialects = ["::retort::onnx::OnnxDialect", "::retort::compress::CompressDialect"];
}

#endif
