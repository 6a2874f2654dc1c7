// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The pass compress-prune-structured.
#ifndef RETORT_COMPRESS_PRUNESTRUCTURED
#define RETORT_COMPRESS_PRUNESTRUCTURED

include "mlir/Pass/PassBase.td"

def PruneStructuredPass : Pass<"compress-prune-structured", "::mlir::ModuleOp"> {
  let summary = "Remove channels between products, and let those that are kept make up for them on a sample";
  let description = [{
    The channels of a group are what one product sums over and others compute, with nothing in between but operations that
    work element by element: gate, up, activation, product and down of a gated MLP; up, bias, activation and down of a plain
    one. Groups are found by the flow of values. A share `ratio` of the channels of each group goes: columns of the weights
    that compute them, with their biases, and rows of the weight that reads them, so that matrices are smaller, and dense.

    1. The channels with the least H_jj |w_j|^2 go (FLAP, arXiv:2312.11983): H is the mean of x x' over the rows x of a
       sample (`retort calibrate`), w_j what the reading weight multiplies channel j with. How many stay is rounded to a
       `multiple`: kernels read 32 columns at once.
    2. The reading weight W becomes W C[:, S] C[S, S]^-1 for the kept channels S, C being H and `damping` of its mean
       diagonal: the least squares of what the outputs change by. Where a bias is added behind the product, H is that of
       x - mean(x), and the bias takes the means of what went.

    A weight that would be further off with the fit than without, on the last eighth of the sample, is not fitted, and its
    remark says so. `output_error` is sqrt(tr(E H E') / tr(W H W')) there, `output_error_removed` the same without the fit.

    `include` and `exclude` select weights; a group is taken where all of its weights are. Statistics do not hold any more
    behind this pass: methods that read them stand before it.

    {{example test/Compress/PruneStructured/prune-structured.mlir}}
  }];
  let options = [
    Option<"ratio", "ratio", "double", "0.25", "Share of the channels of a group that goes">,
    Option<"what", "what", "std::string", "\"neurons\"", "neurons: channels between products">,
    Option<"multiple", "multiple", "int64_t", "32", "How many stay is a multiple of it">,
    Option<"fit", "fit", "bool", "true", "Fit the weight that reads the channels to those that are kept">,
    Option<"damping", "damping", "double", "0.001", "Share of the mean diagonal that is added to H">,
    Option<"include", "include", "std::string", "", "Regular expression: only weights whose name matches">,
    Option<"exclude", "exclude", "std::string", "", "Regular expression: no weights whose name matches">
  ];
  let dependentDialects = ["::retort::onnx::OnnxDialect", "::retort::compress::CompressDialect"];
}

#endif
