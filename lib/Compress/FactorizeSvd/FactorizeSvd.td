// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The pass compress-factorize-svd.
#ifndef RETORT_COMPRESS_FACTORIZESVD
#define RETORT_COMPRESS_FACTORIZESVD

include "mlir/Pass/PassBase.td"

def FactorizeSvdPass : Pass<"compress-factorize-svd", "::mlir::ModuleOp"> {
  let summary = "Replace weights by products of two thin matrices";
  let description = [{
    Truncates the singular value decomposition of every weight matrix: W of K x N becomes A B of K x r and r x N, the best
    approximation of rank r in the Frobenius norm, and `x W` becomes `(x A) B`. The singular values are shared between
    the two: A = U sqrt(S), B = sqrt(S) V'. One of three options says what r is:

    - `rank`: r itself, for all matrices; above that of one of them it is an error.
    - `ratio`: the factors take at most this share of the matrix's bytes: r = ratio K N / (K + N), rounded down, at
      least 1.
    - `energy`: the least r whose singular values hold this share of the sum of all their squares, so that the relative
      error of the matrix is at most sqrt(1 - energy).

    A matrix whose factors would take as many bytes as it does is left alone; a square one must lose half of its rank
    before it shrinks. It is an error if that is so of all. The factors are ordinary weights: later methods may
    quantize or prune them. Computed in double precision by LAPACK's dgesdd.

    With statistics of a sample (`retort calibrate`) A B is the product of that rank with the least tr(E H E'), E being
    W - A B and H the mean of x x' over the rows x of the sample: what the outputs change by in the mean square (SVD-LLM,
    arXiv:2403.07378). L L' = H, and the squares of the singular values of W L that are left out are exactly that error.

    - `rank` is the same; `energy` is the share of what the outputs hold.
    - `ratio` is the share of the elements of all selected weights together that is kept. All matrices pay one price for an
      element: each takes the rank, or stays as it is, at which tr(E H E') / tr(W H W')^(3/4) and the price of its
      elements are least together, and the price is the one that the budget is met at. What is then left of the budget
      is spent where it gains most. Weights that the sample says nothing of, and compressed ones, are not counted. Where
      rank 1 for all takes more, that is the result.
    - `damping` of the mean diagonal is added to H; 0 means .1 where the sample has fewer than 3 rows for each input,
      else .0001; tenfold more until H has a factor. So inputs that are zero in all of the sample, or combinations of inputs that
      are, count little, but what a weight does to them is kept as far as the rank goes. Where all inputs are zero,
      the singular values are those of W.

    The last eighth of the sample is held back: a matrix whose outputs would be further off on it than with the plain
    decomposition of the same rank takes that, and its remark says so. `output_error` is sqrt(tr(E H E') / tr(W H W')) on
    what was held back, `output_error_plain` that of the plain decomposition. Two passes over the weights: singular
    values of all, then the factors of those that get some, one at a time.

    With `sequential=true` factors are fitted in the order of the model, each to the inputs that its compressed predecessors
    make, and towards a target that makes up for a part of what these left (`lib/Replay/README.md`); ranks are those of the
    statistics. The model runs for it, in the tools and in hosts that load libRetortRun.so. Remarks have the `block` of a
    weight, the share of the `correction` that was chosen, and `kl_so_far`: how far the model is off with this weight and
    those before it.

    {{example test/Compress/FactorizeSvd/factorize-svd.mlir}}

    {{example test/Compress/FactorizeSvd/sample.mlir}}
  }];
  let options = [
    Option<"rank", "rank", "int64_t", "0", "Rank of every factorized matrix">,
    Option<"ratio", "ratio", "double", "0", "Share of each matrix's bytes that its factors may take, in (0, 1); with statistics: of the elements of all matrices">,
    Option<"energy", "energy", "double", "0", "Share of each matrix's squared norm to keep, in (0, 1]">,
    Option<"whiten", "whiten", "std::string", "\"auto\"", "Whether errors are weighed by statistics of a sample: true, false, or auto, where the module names some">,
    Option<"damping", "damping", "double", "0", "Share of the mean diagonal that is added to H; 0: by the size of the sample">,
    Option<"sequential", "sequential", "bool", "false", "Fit each weight to inputs that compressed predecessors make: replays the model">,
    Option<"include", "include", "std::string", "", "Regular expression: only weights whose name matches">,
    Option<"exclude", "exclude", "std::string", "", "Regular expression: no weights whose name matches">
  ];
  let dependentDialects = ["::retort::onnx::OnnxDialect", "::retort::compress::CompressDialect"];
}

#endif
