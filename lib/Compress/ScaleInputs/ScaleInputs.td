// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The pass compress-scale-inputs.
#ifndef RETORT_COMPRESS_SCALEINPUTS
#define RETORT_COMPRESS_SCALEINPUTS

include "mlir/Pass/PassBase.td"

def ScaleInputsPass : Pass<"compress-scale-inputs", "::mlir::ModuleOp"> {
  let summary = "Make weights of large inputs larger before they are rounded";
  let description = [{
    Weights are multiplied with s_j for each input j, and what makes the inputs is divided by it: outputs stay the same, and a
    method that rounds behind this one is off by less where inputs are large (AWQ, arXiv:2306.00978). With
    `compress-quantize-rtn` behind it this is what others call AWQ; `compress-quantize-gptq` may follow as well, and reads the
    statistics of the inputs as they are then.

    s_j is the root mean square of the input over a sample (`retort calibrate`) to the power of an exponent, the same for all
    weights that read one activation. Of `steps` exponents up to 1 the one is taken that leaves the least tr(E H E') once the
    weights are rounded to `bits`, `form`, `symmetric` and `group-size`, which should be those of the method that follows;
    `rounding` says how that one rounds: `nearest`, or by the `sample`, which takes longer. `auto` takes an exponent only where
    it lowers both errors, so that no method behind is worse for it.

    Inputs are divided in the weight and bias of a norm, or in the columns of a matrix, through products with other
    activations, sums with constants, reshapes, Relu, Split, and through attention in its values. Channels of values that several
    heads read have one s. In models of 16-bit floats s is a power of two, so that nothing is rounded. Weights that read one
    activation are scaled together or not at all: not where something else reads it too, where no such constant makes it, or
    where the last eighth of the sample, which is held back, shows no smaller error.

    {{example test/Compress/ScaleInputs/scale-inputs.mlir}}
  }];
  let options = [
    Option<"bits", "bits", "int64_t", "4", "Width of the codes to come, 2 to 8">,
    Option<"form", "form", "std::string", "\"integers\"", "integers, times floats; levels: `compress.decode_levels`">,
    Option<"symmetric", "symmetric", "bool", "true", "Signed codes around zero; false: a zero point for each scale">,
    Option<"groupSize", "group-size", "int64_t", "32", "Inputs that share a scale; 0: all inputs of an output">,
    Option<"rounding", "rounding", "std::string", "\"auto\"", "How the method that follows rounds: nearest, by the sample, or auto, either">,
    Option<"steps", "steps", "int64_t", "20", "Exponents that are tried">,
    Option<"include", "include", "std::string", "", "Regular expression: only weights whose name matches">,
    Option<"exclude", "exclude", "std::string", "", "Regular expression: no weights whose name matches">
  ];
  let dependentDialects = ["::retort::onnx::OnnxDialect", "::retort::compress::CompressDialect"];
}

#endif
