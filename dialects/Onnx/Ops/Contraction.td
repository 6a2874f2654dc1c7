// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Sums of products: matrix products, convolutions, and pooling, which walks like them.
#ifndef RETORT_ONNX_CONTRACTION
#define RETORT_ONNX_CONTRACTION

include "dialects/Onnx/OnnxSchema.td"

def Onnx_MatMulOp
    : Onnx_MatMulSchema<[Onnx_Infer<"MatMul">, Onnx_Evaluate<"MatMul">, Onnx_LinearIn<[]>, Onnx_MatrixProduct,
                         Onnx_Rows<"MatMul">]>;
def Onnx_GemmOp : Onnx_GemmSchema<[Onnx_Infer<"Gemm">, Onnx_Evaluate<"Gemm">, Onnx_MatrixProduct, Onnx_Rows<"Gemm">]>;
def Onnx_EinsumOp
    : Onnx_EinsumSchema<[Onnx_Infer<"Einsum">, Onnx_Evaluate<"Einsum">, Onnx_LinearIn<[]>, Onnx_Rows<"Einsum">]>;
def Onnx_ConvOp : Onnx_ConvSchema<[Onnx_Infer<"Conv">]>;
def Onnx_AveragePoolOp : Onnx_AveragePoolSchema<[Onnx_Infer<"Pool">]>;
def Onnx_MaxPoolOp : Onnx_MaxPoolSchema<[Onnx_Infer<"Pool">]>;
def Onnx_GlobalAveragePoolOp : Onnx_GlobalAveragePoolSchema<[Onnx_Infer<"GlobalPool">]>;
def Onnx_GlobalMaxPoolOp : Onnx_GlobalMaxPoolSchema<[Onnx_Infer<"GlobalPool">]>;
def Onnx_ConvTransposeOp : Onnx_ConvTransposeSchema;
def Onnx_ResizeOp : Onnx_ResizeSchema<[Onnx_Infer<"Resize">, Onnx_Evaluate<"Resize">]>;

#endif
