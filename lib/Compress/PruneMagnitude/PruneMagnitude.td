// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The pass compress-prune-magnitude.
#ifndef RETORT_COMPRESS_PRUNEMAGNITUDE
#define RETORT_COMPRESS_PRUNEMAGNITUDE

include "mlir/Pass/PassBase.td"

def PruneMagnitudePass : Pass<"compress-prune-magnitude", "::mlir::ModuleOp"> {
  let summary = "Zero the smallest-magnitude weights";
  let description = [{
    Sets the fraction `sparsity` of the weights to zero, smallest absolute value first: of every matrix (`scope=layer`), of
    every output of a matrix (`row`), or of all matrices together (`model`), which takes more from matrices of small
    numbers. Of equal ones the first go, so the result depends on the weights alone. Weight matrices are the constant
    floating-point matrices that a model multiplies with; embeddings and the matrix that makes the logits stay as they are
    unless `include` names them. A weight that several operations share is pruned once.

    `n` and `m` keep n of each m inputs of an output instead. Such a weight becomes `compress.decode_sparse` of a mask
    and the kept values: a pattern that native code profits from. As ONNX it is a plain matrix again.

    Quantized weights stay quantized: the codes of what is pruned become those of zero.

    {{example test/Compress/PruneMagnitude/prune-magnitude.mlir}}
  }];
  let options = [
    Option<"sparsity", "sparsity", "double", "0.5", "Fraction of the weights to zero, in [0, 1)">,
    Option<"scope", "scope", "std::string", "\"layer\"", "What the fraction is of: layer, row or model">,
    Option<"n", "n", "int64_t", "0", "Keep n of each m inputs">,
    Option<"m", "m", "int64_t", "0", "Inputs of which n are kept; 0: no such pattern">,
    Option<"include", "include", "std::string", "", "Regular expression: only weights whose name matches">,
    Option<"exclude", "exclude", "std::string", "", "Regular expression: no weights whose name matches">
  ];
  let dependentDialects = ["::retort::onnx::OnnxDialect", "::retort::compress::CompressDialect"];
}

#endif
