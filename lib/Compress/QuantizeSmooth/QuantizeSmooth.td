// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The pass compress-quantize-smooth.
#ifndef RETORT_COMPRESS_QUANTIZESMOOTH
#define RETORT_COMPRESS_QUANTIZESMOOTH

include "mlir/Pass/PassBase.td"

def QuantizeSmoothPass : Pass<"compress-quantize-smooth", "::mlir::ModuleOp"> {
  let summary = "Round weights and what they are multiplied with to eight bits";
  let description = [{
    Weights become signed codes of 8 bits with a scale for each output; what products multiply them with passes through
    `onnx.QuantizeLinear` and `onnx.DequantizeLinear` with one scale for a whole activation, which reaches to the largest
    magnitude in a sample (`retort calibrate`). ONNX Runtime multiplies integers where it fuses them with a product
    (MatMulIntegerToFloat), and computes the others, as native code does all, as the graph says, in f32.

    Before, inputs that are large are divided by s_j = max|x_j|^alpha / max_i|W_ij|^(1 - alpha), and weights are multiplied
    with it (SmoothQuant, arXiv:2211.10438), where `compress-scale-inputs` could do so. `alpha=-1` tries 0, .1, ... 1 for
    each activation and takes the one that leaves the least error by the second moments of the sample; where none is better
    than none, on what was held back too, inputs stay as they are. Where they cannot be divided the remark says why, and both
    are rounded as they are.

    Rounding activations costs far more than rounding weights to 8 bits: `compress-quantize-rtn{bits=8}` gives files of the
    same size that compute nearly what the model does. This method is for processors on which products of integers pay.

    {{example test/Compress/QuantizeSmooth/quantize-smooth.mlir}}
  }];
  let options = [
    Option<"alpha", "alpha", "double", "-1", "How much of the range of activations moves into weights, 0 to 1; -1: tried for each">,
    Option<"include", "include", "std::string", "", "Regular expression: only weights whose name matches">,
    Option<"exclude", "exclude", "std::string", "", "Regular expression: no weights whose name matches">
  ];
  let dependentDialects = ["::retort::onnx::OnnxDialect", "::retort::compress::CompressDialect"];
}

#endif
