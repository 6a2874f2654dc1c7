// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The pass compress-round-power-of-two.
#ifndef RETORT_COMPRESS_ROUNDPOWEROFTWO
#define RETORT_COMPRESS_ROUNDPOWEROFTWO

include "mlir/Pass/PassBase.td"

def RoundPowerOfTwoPass : Pass<"compress-round-power-of-two", "::mlir::ModuleOp"> {
  let summary = "Round weights to powers of two";
  let description = [{
    Rounds each element of every weight matrix to zero or to one of 2^(bits-1) - 1 neighbouring powers of two and a sign,
    so that it takes `bits` bits and products become shifts (incremental network quantization, 1702.03044, without its
    retraining). Each output has powers of its own: from the one next to its largest magnitude downwards, or from the one
    below, whichever loses less of the output's weights.

    {{example test/round-power-of-two.mlir}}
  }];
  let options = [
    Option<"bits", "bits", "int64_t", "4", "Bits for a sign and a power, 2 to 8">,
    Option<"include", "include", "std::string", "", "Regular expression: only weights whose name matches">,
    Option<"exclude", "exclude", "std::string", "", "Regular expression: no weights whose name matches">
  ];
  let dependentDialects = ["::retort::onnx::OnnxDialect"];
}

#endif
