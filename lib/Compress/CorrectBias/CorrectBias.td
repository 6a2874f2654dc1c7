// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The pass compress-correct-bias.
#ifndef RETORT_COMPRESS_CORRECTBIAS
#define RETORT_COMPRESS_CORRECTBIAS

include "mlir/Pass/PassBase.td"

def CorrectBiasPass : Pass<"compress-correct-bias", "::mlir::ModuleOp"> {
  let summary = "Put the mean error of a compressed weight into the bias behind it";
  let description = [{
    A weight W that became W' changes the mean of each output by (W' - W) m, where m is the mean of its inputs in a sample
    (`retort calibrate`). That is subtracted from the bias of the product: the C of a Gemm, or the constant of an Add behind
    it. Where there is none the model stays as it is, unless `create=true` lets an Add come behind the product, which costs
    one number for each output, and changes the architecture.

    It stands behind all methods that change weights: a weight whose bias was corrected is not fitted to any more.

    What a weight was before it became codes is known to the module behind the methods of the same pipeline; of others' it
    is in the ONNX file `reference`, under the name of the weight or of its codes. The last eighth of the sample is held
    back: a product of which the outputs would not be closer on it keeps its bias, and a remark says so.

    {{example test/Compress/CorrectBias/correct-bias.mlir}}
  }];
  let options = [
    Option<"create", "create", "bool", "false", "An Add comes behind products that have no bias">,
    Option<"reference", "reference", "std::string", "", "ONNX file with the weights in floats, where others have rounded them">,
    Option<"include", "include", "std::string", "", "Regular expression: only weights whose name matches">,
    Option<"exclude", "exclude", "std::string", "", "Regular expression: no weights whose name matches">
  ];
  let dependentDialects = ["::retort::onnx::OnnxDialect", "::retort::compress::CompressDialect"];
}

#endif
