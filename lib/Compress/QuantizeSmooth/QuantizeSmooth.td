// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The pass compress-quantize-smooth.
#ifndef RETORT_COMPRESS_QUANTIZESMOOTH
#define RETORT_COMPRESS_QUANTIZESMOOTH

include "mlir/Pass/PassBase.td"

def QuantizeSmoothPass : Pass<"compress-quantize-smooth", "::mlir::ModuleOp"> {
  let summary = "Round weights and what they are multiplied with to eight bits";
  let description = [{
    Weights become signed codes of 8 bits with a scale for each output, and what products multiply them with unsigned codes
    with one scale and one zero point for a whole activation: `onnx.QuantizeLinear` and `onnx.DequantizeLinear` in front of
    each product, which ONNX Runtime fuses with it (MatMulIntegerToFloat, DynamicQuantizeMatMul). Native code computes what
    the graph says, in f32.

    - `activations=static`: scale and zero point reach from the least to the largest number in a sample (`retort calibrate`).
      `dynamic`: `onnx.DynamicQuantizeLinear` takes those of each activation as it comes, which is closer, and makes all rows
      of a call depend on each other: a text in one batch is rounded otherwise than alone, and no decode step can be derived.
    - Before, inputs that are large are divided by s_j = max|x_j|^alpha / max_i|W_ij|^(1 - alpha), and weights are multiplied
      with it (SmoothQuant, arXiv:2211.10438), where `compress-scale-inputs` could do so. `alpha=-1` tries 0, .1, ... 1 for
      each activation and takes the one that leaves the least error by the second moments of the sample; where none is better
      than none, on what was held back too, inputs stay as they are. All of them are divided before any weight is rounded.
    - `limit`: where rounding the inputs would change the outputs by more than this share of them, by the sample, they stay
      f32, and the weight alone is rounded. Remarks say so. 0 rounds the inputs of all products, which ONNX Runtime all fuses;
      of Llamas it is those of the last matrix of an MLP that cost most.
    - `reduce-range`: weights take codes from -64 to 63 alone. Processors without instructions for products of bytes (VNNI)
      add two products of a code of eight bits with one of seven without loss, but not of eight with eight: ONNX Runtime's
      results are wrong there without it.

    Rounding activations costs more than rounding weights to 8 bits: `compress-quantize-rtn{bits=8}` gives files of the same
    size that compute nearly what the model does. This method is for processors on which products of integers pay.

    An activation that lies between two codes may become either, by the last bit of what makes it, and then the outputs
    behind it move by a step of these codes: ONNX Runtime with and without its optimizer differs from itself by up to 5 % of
    the largest logit at a few tokens, as much as from native code. Where no code differs they agree to 1e-6.

    {{example test/Compress/QuantizeSmooth/quantize-smooth.mlir}}
  }];
  let options = [
    Option<"alpha", "alpha", "double", "-1", "How much of the range of activations moves into weights, 0 to 1; -1: tried for each">,
    Option<"activations", "activations", "std::string", "\"static\"", "Ranges of activations: static, of the sample; dynamic, of each as it comes">,
    Option<"limit", "limit", "double", "0.02", "Largest share of the outputs that rounding inputs may cost; 0: all inputs are rounded">,
    Option<"reduceRange", "reduce-range", "bool", "false", "Weights take codes of seven bits, for processors without VNNI">,
    Option<"include", "include", "std::string", "", "Regular expression: only weights whose name matches">,
    Option<"exclude", "exclude", "std::string", "", "Regular expression: no weights whose name matches">
  ];
  let dependentDialects = ["::retort::onnx::OnnxDialect", "::retort::compress::CompressDialect"];
}

#endif
