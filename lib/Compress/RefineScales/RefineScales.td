// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The pass compress-refine-scales.
#ifndef RETORT_COMPRESS_REFINESCALES
#define RETORT_COMPRESS_REFINESCALES

include "mlir/Pass/PassBase.td"

def RefineScalesPass : Pass<"compress-refine-scales", "::mlir::ModuleOp"> {
  let summary = "Fit the scales of codes to a sample";
  let description = [{
    Codes stay what they are, and the scale of each group becomes the one with which the outputs of a sample (`retort
    calibrate`) are off by the least squares: tr(E H E') with E the error of the weight and H the second moments of its
    inputs. A group has a closed form, given the others: -q'(E H)_g / q'H_gg q; `passes` go over all groups, until one
    changes next to nothing. Of floats that is the least squares solution; scales of f16 and places in the ladder of
    `compress.decode_levels` are the nearest ones that lower the error.

    It takes any weight that is codes times scales of groups: behind `compress-quantize-rtn` it makes up for a part of what
    `compress-quantize-gptq` does better, which fits scales already; and models that others have quantized (DequantizeLinear)
    are improved without a change of their form. What a weight was before it became codes is known to the module behind the
    methods of the same pipeline; of others' it is in the ONNX file `reference`, under the name of the weight or of its codes,
    as it is or transposed.

    The last eighth of the sample is held back: a weight of which the outputs would not be closer on it keeps its scales, and
    a remark says so. `damping` of the mean diagonal is added to H; 0 means .1 where the sample has fewer than 3 rows for
    each input, else .01.

    {{example test/Compress/RefineScales/refine-scales.mlir}}
  }];
  let options = [
    Option<"passes", "passes", "int64_t", "20", "Most passes over all groups">,
    Option<"damping", "damping", "double", "0", "Share of the mean diagonal that is added to H; 0: by the size of the sample">,
    Option<"reference", "reference", "std::string", "", "ONNX file with the weights in floats, where others have rounded them">,
    Option<"include", "include", "std::string", "", "Regular expression: only weights whose name matches">,
    Option<"exclude", "exclude", "std::string", "", "Regular expression: no weights whose name matches">
  ];
  let dependentDialects = ["::retort::onnx::OnnxDialect", "::retort::compress::CompressDialect"];
}

#endif
