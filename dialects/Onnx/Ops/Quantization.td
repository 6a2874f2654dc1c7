// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Conversions between numbers and their codes, and sums of products of codes.
#ifndef RETORT_ONNX_QUANTIZATION
#define RETORT_ONNX_QUANTIZATION

include "dialects/Onnx/OnnxSchema.td"

def Onnx_QuantizeLinearOp
    : Onnx_QuantizeLinearSchema<[Onnx_Infer<"QuantizeLinear">, Onnx_Evaluate<"QuantizeLinear">, Onnx_Rows<"Scaled">]>;
def Onnx_DequantizeLinearOp
    : Onnx_DequantizeLinearSchema<[Onnx_Infer<"DequantizeLinear">, Onnx_Evaluate<"DequantizeLinear">,
                                   Onnx_Rows<"Scaled">]>;
def Onnx_DynamicQuantizeLinearOp
    : Onnx_DynamicQuantizeLinearSchema<[Onnx_Infer<"DynamicQuantizeLinear">, Onnx_Evaluate<"DynamicQuantizeLinear">]>;
def Onnx_MatMulIntegerOp : Onnx_MatMulIntegerSchema<[Onnx_Infer<"MatMulInteger">]>;

#endif
