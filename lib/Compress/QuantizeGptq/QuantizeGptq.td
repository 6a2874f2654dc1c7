// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The pass compress-quantize-gptq.
#ifndef RETORT_COMPRESS_QUANTIZEGPTQ
#define RETORT_COMPRESS_QUANTIZEGPTQ

include "mlir/Pass/PassBase.td"

def QuantizeGptqPass : Pass<"compress-quantize-gptq", "::mlir::ModuleOp"> {
  let summary = "Round weights so that what they compute of a sample changes least";
  let description = [{
    Codes and scales are those of `compress-quantize-rtn` (`form=integers`), or, with `form=levels`, those of
    `compress.decode_levels`: unevenly spaced levels of 2 to 5 bits, even ones of 6 to 8, and scales that take 6 bits each,
    which kernels read and ONNX has as lookups in two tables. They are chosen so that tr(E H E') is small, where E is the error of the weight and H the mean of x x' over the rows x of a sample
    (`retort calibrate`): the mean square of what the outputs change by.

    1. Scales: of 14 shares of a group's range the one that leaves the least squares, refitted in closed form.
    2. Codes: one input after the other is rounded, those with the largest mean square first (`act-order`), and those
       behind it make up for the error (GPTQ, arXiv:2210.17323). `damping` of the mean diagonal is added to H; 0 means
       .01, .1 where the sample has fewer than 3 rows for each input, and where it has fewer rows than inputs, of which it
       says little then, .1 inputs / rows, at most 1. Groups lie along the inputs as they are stored, so
       nothing is permuted when the model runs.
    3. `refine` passes of coordinate descent over codes and scales (`refine=0`: GPTQ alone).

    Where the statistics are two-sided (`retort calibrate --statistics=two-sided`), the model says how much each output counts,
    and which of them make up for each other: G is the mean of g g' over gradients g of the loss at the outputs, with labels
    drawn from the model itself, A that of x x' weighted by |g|^2, and what is made small is tr(G E A E'), twice the
    divergence in nats a token. 2. becomes LDLQ in both directions: outputs are taken one after the other, the largest of G
    first, with .05 of its mean diagonal added to it (where the sample has fewer rows than outputs, .1 outputs / rows), and
    those behind make up for the error of those before; 3. descends on the same. `output_error` and what is held back go by
    it as well; the metric `sides` is 2 then. `sides=one` does without, `sides=two` is an error where nothing is known of
    outputs; one weight of which nothing is known is fitted to its inputs alone. With `sequential=true` all are.

    `formats` and `scales=f16` are those of `compress-quantize-rtn`.

    A weight that no row of the sample reached, such as an expert that no token chose, is rounded to nearest, with the
    scales of 1; its remark says so, as that of one that fewer rows reached than it has inputs.

    Where `retort compile` is interrupted, `OUT.part` has the weights that are done, and the same command goes on from
    there.

    The last eighth of the sample is held back. A weight whose outputs would be further off on it than with
    round-to-nearest is rounded to nearest, and its remark says so. The metric `output_error` is
    sqrt(tr(E H E') / tr(W H W')) on what was held back, `output_error_rtn` the same of round-to-nearest.

    With `sequential=true` weights are fitted in the order of the model, each to the inputs that its compressed predecessors
    make, and towards a target that makes up for a part of what these left (`lib/Replay/README.md`). The model runs for it, as
    often as it has groups of weights, in the tools and in hosts that load libRetortRun.so. Remarks have the `block` of a
    weight, the share of the `correction` that was chosen, and `kl_so_far`: how far the model is off with this weight and
    those before it.

    {{example test/Compress/QuantizeGptq/quantize-gptq.mlir}}
  }];
  let options = [
    Option<"bits", "bits", "int64_t", "4", "Width of a code, 2 to 8">,
    Option<"form", "form", "std::string", "\"integers\"", "integers, times floats; levels: `compress.decode_levels`">,
    Option<"symmetric", "symmetric", "bool", "true", "Signed codes around zero; false: a zero point for each scale">,
    Option<"groupSize", "group-size", "int64_t", "32", "Inputs that share a scale; 0: all inputs of an output">,
    Option<"refine", "refine", "int64_t", "5", "Passes of coordinate descent behind GPTQ">,
    Option<"actOrder", "act-order", "bool", "true", "Round inputs with a large mean square first">,
    Option<"damping", "damping", "double", "0", "Share of the mean diagonal that is added to H; 0: by the size of the sample">,
    Option<"sequential", "sequential", "bool", "false", "Fit each weight to inputs that compressed predecessors make: replays the model">,
    Option<"sides", "sides", "std::string", "\"auto\"", "one: weigh inputs alone; two: outputs as well; auto: both where the statistics have eight rows for each output">,
    Option<"scales", "scales", "std::string", "\"f32\"", "What scales of integers are stored as, of weights of f32: f32 or f16">,
    Option<"formats", "formats", "std::string", "", "REGEX=BITS:GROUP[:FORM],...: forms of weights by their names, the first that matches; else what the other options say">,
    Option<"include", "include", "std::string", "", "Regular expression: only weights whose name matches">,
    Option<"exclude", "exclude", "std::string", "", "Regular expression: no weights whose name matches">
  ];
  let dependentDialects = ["::retort::onnx::OnnxDialect", "::retort::compress::CompressDialect"];
}

#endif
