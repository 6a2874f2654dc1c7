// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The pass compress-prune-structured.
#ifndef RETORT_COMPRESS_PRUNESTRUCTURED
#define RETORT_COMPRESS_PRUNESTRUCTURED

include "mlir/Pass/PassBase.td"

def PruneStructuredPass : Pass<"compress-prune-structured", "::mlir::ModuleOp"> {
  let summary = "Remove channels between products, and heads of attention, and let what is kept make up for them on a sample";
  let description = [{
    The channels of a group are what one product sums over and others compute, with nothing in between but operations that
    keep them apart: gate, up, activation, product and down of a gated MLP; up, bias, activation and down of a plain one;
    queries, keys, values, norms, rotary embedding, attention and the projection behind it. Groups are found by the flow of
    values. A share `ratio` of the units of each group goes: columns of the weights that compute them, with their biases,
    and rows of the weight that reads them, so that matrices are smaller, and dense. One matrix for queries, keys and values
    loses columns in all three parts.

    `what` says what is a unit:
    - `neurons`: a channel between two products. How many stay is rounded to a `multiple`: kernels read 32 columns at once.
    - `heads`: a head of queries. Where several share keys and values, as many stay in each group, and keys and values are
      as before; else a head goes with its keys and values.
    - `kv-groups`: keys and values with all heads that read them.
    - `all`: neurons, and groups of heads (heads, where there is one group).

    A cache that is an input of the model loses the same heads. Biases of scores for each head (ALiBi) are picked.

    1. The units with the least sum of H_jj |w_j|^2 over their channels go (FLAP, arXiv:2312.11983): H is the mean of x x'
       over the rows x of a sample (`retort calibrate`), w_j what the reading weight multiplies channel j with. With
       `score=residual` they go one after another, each time the one that the others make up for best (ZipLM,
       arXiv:2302.04089): somewhat closer, and as many updates of a matrix of K x K as units go.
    2. The reading weight W becomes W C[:, S] C[S, S]^-1 for the kept channels S, C being H and `damping` of its mean
       diagonal: the least squares of what the outputs change by. Where a bias is added behind the product, H is that of
       x - mean(x), and the bias takes the means of what went. `bias` adds one where there is none.

    A weight that would be further off with the fit than without, on the last eighth of the sample, is not fitted, and its
    remark says so. `output_error` is sqrt(tr(E H E') / tr(W H W')) there, `output_error_removed` the same without the fit.

    `importance` chooses by a loss instead (LLM-Pruner, arXiv:2305.11627), and needs no statistics; where there are some, what
    is kept is fitted as above. With w the elements of all matrices of a unit, rows and columns, g the mean of their gradient
    over the first `samples` windows of `sample-context` tokens of `data`, and F that of its square in a single window, units with
    the least of these go: `vector` |sum w g| of each matrix, `element` sum |w g|, `second` sum w^2 F, `mix` sum
    |w g - w^2 F / 2|; `magnitude` is sum w^2, and `random` follows from `seed`, to compare with. The loss is
    -log p of the next token. `mix` differs from `element` by the square of the change of a loss alone, next to
    nothing where the loss is a mean over tokens. Gradients need Retort's tools, or a host that loads libRetortTrain.so.

    `include` and `exclude` select weights; a group is taken where all of its weights are. Methods behind this pass read
    the statistics of the inputs that are left.

    {{example test/Compress/PruneStructured/prune-structured.mlir}}

    {{example test/Compress/PruneStructured/importance.mlir}}
  }];
  let options = [
    Option<"ratio", "ratio", "double", "0.25", "Share of the channels of a group that goes">,
    Option<"what", "what", "std::string", "\"neurons\"",
           "neurons: channels between products; heads: of queries, as many in each group that shares keys and values; "
           "kv-groups: keys and values with all heads that read them; all: neurons and kv-groups">,
    Option<"multiple", "multiple", "int64_t", "32", "How many channels between products stay is a multiple of it">,
    Option<"fit", "fit", "bool", "true", "Fit the weight that reads the channels to those that are kept">,
    Option<"score", "score", "std::string", "\"fluctuation\"",
           "fluctuation: H_jj |w_j|^2; residual: what the outputs are off when the others are fitted, one unit after "
           "another; magnitude: |w_j|^2, to compare with">,
    Option<"bias", "bias", "bool", "false", "Where no bias is added behind what reads the channels, add one">,
    Option<"importance", "importance", "std::string", "", "What units matter to a loss, in place of 'score': random, magnitude, vector, element, second or mix">,
    Option<"sparsity", "sparsity", "double", "0", "Another word for 'ratio', which it is in place of where it is above 0">,
    Option<"groups", "groups", "std::string", "", "Another word for 'what', which it is in place of where it is not empty: mlp, heads, kv-groups, or mlp,kv-groups">,
    Option<"data", "data", "std::string", "", "FILE.tokens that gradients are measured on">,
    Option<"samples", "samples", "int64_t", "10", "Windows of these">,
    Option<"sampleContext", "sample-context", "int64_t", "64", "Tokens of such a window">,
    Option<"seed", "seed", "int64_t", "7", "What 'importance=random' follows from">,
    Option<"damping", "damping", "double", "0.001", "Share of the mean diagonal that is added to H">,
    Option<"include", "include", "std::string", "", "Regular expression: only weights whose name matches">,
    Option<"exclude", "exclude", "std::string", "", "Regular expression: no weights whose name matches">
  ];
  let dependentDialects = ["::retort::onnx::OnnxDialect", "::retort::llm::LlmDialect",
                           "::retort::compress::CompressDialect", "::retort::RetortDialect"];
}

#endif
