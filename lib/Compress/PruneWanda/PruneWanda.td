// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The pass compress-prune-wanda.
#ifndef RETORT_COMPRESS_PRUNEWANDA
#define RETORT_COMPRESS_PRUNEWANDA

include "mlir/Pass/PassBase.td"

def PruneWandaPass : Pass<"compress-prune-wanda", "::mlir::ModuleOp"> {
  let summary = "Zero the weights that matter least for the inputs of a sample";
  let description = [{
    Of each output the weights with the smallest |w_j| sqrt(mean x_j^2) go, x_j being the inputs that a sample showed
    (`retort calibrate`; Wanda, arXiv:2306.11695): a share `sparsity` of them, or, with `n` and `m`, all but n of each m. The
    others stay as they are. `compress-prune-sparsegpt` costs more and loses less.

    With `n` and `m` a weight becomes `compress.decode_sparse` of what is kept; without, its zeros are stored.

    It takes statistics of `retort calibrate --statistics=moments` too. Of a weight that no row of the sample reached the
    smallest magnitudes go, and its remark says so.

    {{example test/Compress/PruneWanda/prune-wanda.mlir}}
  }];
  let options = [
    Option<"sparsity", "sparsity", "double", "0.5", "Share of the weights of an output that goes, where there is no n of m">,
    Option<"n", "n", "int64_t", "0", "Weights that are kept of each m inputs of an output">,
    Option<"m", "m", "int64_t", "0", "Inputs of which n are kept">,
    Option<"include", "include", "std::string", "", "Regular expression: only weights whose name matches">,
    Option<"exclude", "exclude", "std::string", "", "Regular expression: no weights whose name matches">
  ];
  let dependentDialects = ["::retort::onnx::OnnxDialect", "::retort::compress::CompressDialect"];
}

#endif
