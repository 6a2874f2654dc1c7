// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The pass compress-prune-sparsegpt.
#ifndef RETORT_COMPRESS_PRUNESPARSEGPT
#define RETORT_COMPRESS_PRUNESPARSEGPT

include "mlir/Pass/PassBase.td"

def PruneSparseGptPass : Pass<"compress-prune-sparsegpt", "::mlir::ModuleOp"> {
  let summary = "Remove weights, and let those that are kept make up for them on a sample";
  let description = [{
    Which weights go, and what the others become, follows from tr(E H E'): the mean square by which the outputs change, H
    being the mean of x x' over the rows x of a sample (`retort calibrate`).

    1. Input by input, the weights with the least w^2 / U_jj^2 go, H^-1 = U'U, and those behind them make up for it
       (SparseGPT, arXiv:2301.00774): of each 128 inputs the share `sparsity` over all outputs, or, with `n` and `m`, all but n
       of each m inputs of an output. `damping` of the mean diagonal is added to H; 0 means .01, .1 where the sample has
       fewer than 3 rows for each input, and where it has fewer rows than inputs .1 inputs / rows, at most 1.
    2. `refine` steps of conjugate gradients bring the kept weights towards the least squares solution where they stand.
    3. With `bits`, what is kept becomes codes in groups of `group-size` inputs, with scales that suit the fitted weights:
       those of GPTQ for the fitted weights, as by `compress-quantize-gptq` behind this method, or those of one more sweep over
       the weights as they were, which makes up for what goes and for what is rounded alike, or the nearest. Of a weight those
       are taken with which its outputs are closest to what they were, on the last eighth of the sample.

    With `sides=two`, and two-sided statistics, A takes the place of H, and what is made small is tr(G E A E'), as in
    `compress-quantize-gptq`: 1. goes by A, 2. fits all outputs as one system, in three times as many steps, and codes, what
    is held back and `output_error` go by both. On short samples that is further
    off on other text than one side; `auto` does it where the sample has eight rows for each output. With `sequential=true`
    inputs alone are weighed.

    With `n` and `m` a weight becomes `compress.decode_sparse` of what is kept, numbers or codes, as in
    `compress-prune-magnitude`; without, its zeros are stored. A weight whose outputs would be further off, on the last eighth of the sample, than with the smallest
    magnitudes removed is pruned so, and its remark says it. `output_error` is sqrt(tr(E H E') / tr(W H W')) there.

    With `sequential=true` weights are fitted in the order of the model, each to the inputs that its compressed predecessors
    make, and towards a target that makes up for a part of what these left (`lib/Replay/README.md`). The model runs for it, as
    often as it has groups of weights, in the tools and in hosts that load libRetortRun.so. Remarks have the `block` of a
    weight, the share of the `correction` that was chosen, and `kl_so_far`: how far the model is off with this weight and
    those before it.

    Of a weight that no row of the sample reached, such as an expert that no token chose, the smallest magnitudes go, and its
    remark says so. Where `retort compile` is interrupted, `OUT.part` has the weights that are done, and the same command goes
    on from there.

    {{example test/Compress/PruneSparseGpt/prune-sparsegpt.mlir}}
  }];
  let options = [
    Option<"sparsity", "sparsity", "double", "0.5", "Share of the weights that goes, where there is no n of m">,
    Option<"n", "n", "int64_t", "0", "Weights that are kept of each m inputs of an output">,
    Option<"m", "m", "int64_t", "0", "Inputs of which n are kept">,
    Option<"bits", "bits", "int64_t", "0", "Width of the codes of what is kept, 2 to 8; 0: numbers">,
    Option<"groupSize", "group-size", "int64_t", "32", "With bits: inputs that share a scale; 0: all inputs of an output">,
    Option<"symmetric", "symmetric", "bool", "true", "With bits: signed codes around zero; false: a zero point for each scale">,
    Option<"refine", "refine", "int64_t", "20", "Steps of conjugate gradients behind SparseGPT">,
    Option<"damping", "damping", "double", "0", "Share of the mean diagonal that is added to H; 0: by the size of the sample">,
    Option<"sequential", "sequential", "bool", "false", "Fit each weight to inputs that compressed predecessors make: replays the model">,
    Option<"sides", "sides", "std::string", "\"one\"", "one: weigh inputs alone; two: outputs as well; auto: both where the statistics have eight rows for each output">,
    Option<"include", "include", "std::string", "", "Regular expression: only weights whose name matches">,
    Option<"exclude", "exclude", "std::string", "", "Regular expression: no weights whose name matches">
  ];
  let dependentDialects = ["::retort::onnx::OnnxDialect", "::retort::compress::CompressDialect"];
}

#endif
