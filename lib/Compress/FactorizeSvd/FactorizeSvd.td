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

    {{example test/Compress/FactorizeSvd/factorize-svd.mlir}}
  }];
  let options = [
    Option<"rank", "rank", "int64_t", "0", "Rank of every factorized matrix">,
    Option<"ratio", "ratio", "double", "0", "Share of each matrix's bytes that its factors may take, in (0, 1)">,
    Option<"energy", "energy", "double", "0", "Share of each matrix's squared norm to keep, in (0, 1]">,
    Option<"include", "include", "std::string", "", "Regular expression: only weights whose name matches">,
    Option<"exclude", "exclude", "std::string", "", "Regular expression: no weights whose name matches">
  ];
  let dependentDialects = ["::retort::onnx::OnnxDialect", "::retort::compress::CompressDialect"];
}

#endif
