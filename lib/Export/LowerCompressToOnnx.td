// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef RETORT_EXPORT_LOWERCOMPRESSTOONNX
#define RETORT_EXPORT_LOWERCOMPRESSTOONNX

include "mlir/Pass/PassBase.td"

def LowerCompressToOnnxPass : Pass<"lower-compress-to-onnx", "::mlir::ModuleOp"> {
  let summary = "Write compressed weights in ONNX's own forms";
  let description = [{
    Only what ONNX cannot say changes, and no number does. Codes of 3 bits become codes of 4, those of 5, 6 and 7 bits codes
    of 8, under the same scales. A sparse matrix is filled up with zeros, or, where its values are quantized, with the
    codes of zero.

    `compress.fake_quantize` becomes QuantizeLinear and DequantizeLinear where it has 4 or 8 bits and its scales lie as these
    take them; else Div, Round, Clip and Mul.

    With `weights=contrib` products with weights of 4 or 8 bits, in blocks of a power of two from 16 on, become
    com.microsoft.MatMulNBits, for which ONNX Runtime has kernels of its own.

    {{example test/Export/lower-compress-to-onnx.mlir}}
  }];
  let options = [Option<"weights", "weights", "std::string", "\"standard\"",
                        "Operators that the weights become: standard, or contrib for those of com.microsoft">];
  let dependentDialects = ["::retort::onnx::OnnxDialect", "::retort::compress::CompressDialect"];
}

#endif
