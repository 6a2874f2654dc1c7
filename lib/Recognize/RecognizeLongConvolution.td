// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef RETORT_RECOGNIZE_RECOGNIZELONGCONVOLUTION
#define RETORT_RECOGNIZE_RECOGNIZELONGCONVOLUTION

include "mlir/Pass/PassBase.td"

def RecognizeLongConvolutionPass : Pass<"recognize-long-convolution", "::mlir::ModuleOp"> {
  let summary = "Write products of Fourier transforms as convolutions";
  let description = [{
    Hyena and its kind convolve a text with filters as long as the text: a transform of the padded rows, one of the padded
    filter, their product, and the transform back, cut to the length of the text. Where the padding is long enough that
    nothing wraps around, this is a causal convolution with the filter, a channel each: an `onnx.Conv` that is padded on the
    left. A filter that is cut to the length of the text is taken as it is: no row reads taps beyond. It has a decode
    step, and transforms have none.

    {{example test/Recognize/recognize-long-convolution.mlir}}
  }];
  let dependentDialects = ["::retort::onnx::OnnxDialect"];
}

#endif
