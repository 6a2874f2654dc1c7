// The pass compress-prune-magnitude.
#ifndef RETORT_COMPRESS_PRUNEMAGNITUDE
#define RETORT_COMPRESS_PRUNEMAGNITUDE

include "mlir/Pass/PassBase.td"

def PruneMagnitudePass : Pass<"compress-prune-magnitude", "::mlir::ModuleOp"> {
  let summary = "Zero the smallest-magnitude weights";
  let description = [{
    Sets the fraction `sparsity` of every weight matrix to zero, smallest absolute value first. Weight matrices are the
    constant floating-point matrices that a model multiplies with; embeddings and the matrix that makes the logits stay as
    they are unless `include` names them. A weight that several operations share is pruned once. Shapes do not change,
    so the model stays a valid ONNX model.

    {{example test/Compress/PruneMagnitude/prune-magnitude.mlir}}
  }];
  let options = [
    Option<"sparsity", "sparsity", "double", "0.5", "Fraction of each weight to zero, in [0, 1)">,
    Option<"include", "include", "std::string", "", "Regular expression: only weights whose name matches">,
    Option<"exclude", "exclude", "std::string", "", "Regular expression: no weights whose name matches">
  ];
  let dependentDialects = ["::retort::onnx::OnnxDialect"];
}

#endif
