// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The pass compress-allocate.
#ifndef RETORT_COMPRESS_ALLOCATE
#define RETORT_COMPRESS_ALLOCATE

include "mlir/Pass/PassBase.td"

def AllocatePass : Pass<"compress-allocate", "::mlir::ModuleOp"> {
  let summary = "Give each matrix the bits that serve the model most, within a budget";
  let description = [{
    Matrices of a model differ in what rounding them costs. This pass asks how much each loses in each of several forms, and
    chooses one form for each so that the model loses least, and all of them together fit the budget:

    - `target-bits` for each number of the matrices that the pass takes, codes and scales included;
    - `target-size`: the size of what is written, in bytes, or as 90MB or 1.5GiB. Of native code that is the library and its
      weights, of ONNX the model and its data. `retort compile` writes the files aside, sees what they take beside the matrices,
      and chooses again until they fit; elsewhere the other constants of the module are taken for that.
    - `max-kl`: the smallest budget with which the model diverges no more than that, in nats a token, on the windows of the
      sample that were held back (all of them, where it has less than eight). The model is read at most six times, each after
      what the last one taught about the prediction, in the tools and in hosts that load libRetortRun.so. A remark tells each
      `measurement`: budget, bits, `predicted_kl` and `measured_kl`.

    1. Each matrix is brought into each candidate, as by the pass of that method, and its error is tr(E H E') on the rows of the
       sample that were held back. What this comes to, and the codes, are kept in a file beside the statistics
       (`FILE.options`): a second budget costs a choice, and rounds nothing. Where the disk has no room for codes, or there are more than
       2^32, a fourth of the outputs of a matrix is rounded with two passes of descent to see its error, and what is chosen is
       rounded anew.
    2. The price of an error is a divergence in nats a token: the one that `retort calibrate` measured with that matrix alone
       rounded to 3 bits, in proportion to the error; beyond that, a power of the error through the one measured at 2 bits.
       Where nothing was measured (`--sensitivity=0`), it is the error relative to tr(W H W'), and a remark says so.
       Where the statistics are two-sided (`retort calibrate --statistics=two-sided`), errors are tr(G E A E'), as in
       `compress-quantize-gptq`, forms are fitted to it, and prices are functions of it: through what was measured, else a half
       of it, which is the divergence where it is small. `sides=one` does without, and so does a weight with fewer than eight rows of the
       sample for each output, unless `sides=two` is given.
    3. One candidate each, so that the sum of bytes is within the budget and the sum of prices least: exactly, by dynamic
       programming over bytes; for very many bytes a choice on the lower convex hulls, with a bound.

    | candidate | a matrix becomes |
    |---|---|
    | `levels:BITS:GROUP` | codes of levels, see `compress-quantize-gptq{form=levels}` |
    | `integers:BITS:GROUP` | integers, with a scale for each GROUP inputs; 0: for all of an output |
    | ... `:asym`, `:f16` | integers with zero points, with scales of f16 |
    | ... `:rtn` | codes rounded to nearest, with scales of least squares |
    | `sparse:N:M` | N of each M inputs kept, see `compress-prune-sparsegpt`; in ONNX all of it, with zeros |
    | `rank:SHARE` | two factors that keep this share of the numbers, see `compress-factorize-svd` |
    | `plain` | what it is |

    With none given they are levels of 2, 3 and 4 bits in groups of 32 and of 16, and of 5, 6 and 8 bits in groups of 32; for a
    file of ONNX integers with scales of f16: of 2 bits with zero points in groups of 32 and 64, of 4 bits in groups of 32 and 64,
    with zero points in groups of 64 and 128, of 8 bits in groups of 128.

    The remark of a matrix says what was chosen, what it is predicted to cost, and what the next larger form would save; one
    more remark says what was predicted for all: the sum of the prices, which is good while they are small.

    {{example test/Compress/Allocate/allocate.mlir}}
  }];
  let options = [
    Option<"targetBits", "target-bits", "double", "0", "Bits for each number of the matrices, scales included">,
    Option<"targetSize", "target-size", "std::string", "", "Size of what is written: bytes, or a number with kB, MB, GB, KiB, MiB, GiB">,
    Option<"maxKl", "max-kl", "double", "0", "The most that the model may diverge on text that was held back, in nats a token">,
    Option<"candidates", "candidates", "std::string", "", "Forms to choose from, separated by commas; none: the usual ones">,
    Option<"refine", "refine", "int64_t", "5", "Passes of coordinate descent behind GPTQ; of codes of 6 bits and more at most 2">,
    Option<"sides", "sides", "std::string", "\"auto\"", "one: weigh inputs alone; two: outputs as well; auto: as the statistics have it">,
    Option<"include", "include", "std::string", "", "Regular expression: only weights whose name matches">,
    Option<"exclude", "exclude", "std::string", "", "Regular expression: no weights whose name matches">
  ];
  let dependentDialects = ["::retort::onnx::OnnxDialect", "::retort::compress::CompressDialect"];
}

#endif
