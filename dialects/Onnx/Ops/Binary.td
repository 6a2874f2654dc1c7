// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Element-wise operations on several tensors that broadcast against each other.
#ifndef RETORT_ONNX_BINARY
#define RETORT_ONNX_BINARY

include "dialects/Onnx/OnnxSchema.td"

def Onnx_AddOp : Onnx_AddSchema<[Onnx_Broadcast<"Add", "Arithmetic">, Onnx_LinearInAll]>;
def Onnx_BitShiftOp : Onnx_BitShiftSchema<[Onnx_Broadcast<"BitShift", "Test">]>;
def Onnx_BitwiseAndOp : Onnx_BitwiseAndSchema<[Onnx_Broadcast<"BitwiseAnd", "Test">]>;
def Onnx_BitwiseOrOp : Onnx_BitwiseOrSchema<[Onnx_Broadcast<"BitwiseOr", "Test">]>;
def Onnx_BitwiseXorOp : Onnx_BitwiseXorSchema<[Onnx_Broadcast<"BitwiseXor", "Test">]>;
def Onnx_DivOp : Onnx_DivSchema<[Onnx_Broadcast<"Div", "Arithmetic">, Onnx_LinearIn<[0]>]>;
def Onnx_MaxOp : Onnx_MaxSchema<[Onnx_Broadcast<"Max", "Arithmetic">]>;
def Onnx_MeanOp : Onnx_MeanSchema<[Onnx_Broadcast<"Mean", "Arithmetic">]>;
def Onnx_MinOp : Onnx_MinSchema<[Onnx_Broadcast<"Min", "Arithmetic">]>;
def Onnx_ModOp : Onnx_ModSchema<[Onnx_Broadcast<"Mod", "Arithmetic">]>;
def Onnx_MulOp : Onnx_MulSchema<[Onnx_Broadcast<"Mul", "Arithmetic">, Onnx_LinearIn<[]>]>;
def Onnx_PowOp : Onnx_PowSchema<[Onnx_Broadcast<"Pow", "Power">]>;
def Onnx_PReluOp : Onnx_PReluSchema<[Onnx_Broadcast<"PRelu", "Function">]>;
def Onnx_SubOp : Onnx_SubSchema<[Onnx_Broadcast<"Sub", "Arithmetic">, Onnx_LinearInAll]>;
def Onnx_SumOp : Onnx_SumSchema<[Onnx_Broadcast<"Sum", "Arithmetic">, Onnx_LinearInAll]>;
def Onnx_AndOp : Onnx_AndSchema<[Onnx_Compare<"And">]>;
def Onnx_EqualOp : Onnx_EqualSchema<[Onnx_Compare<"Equal">]>;
def Onnx_GreaterOp : Onnx_GreaterSchema<[Onnx_Compare<"Greater">]>;
def Onnx_GreaterOrEqualOp : Onnx_GreaterOrEqualSchema<[Onnx_Compare<"GreaterOrEqual">]>;
def Onnx_LessOp : Onnx_LessSchema<[Onnx_Compare<"Less">]>;
def Onnx_LessOrEqualOp : Onnx_LessOrEqualSchema<[Onnx_Compare<"LessOrEqual">]>;
def Onnx_OrOp : Onnx_OrSchema<[Onnx_Compare<"Or">]>;
def Onnx_XorOp : Onnx_XorSchema<[Onnx_Compare<"Xor">]>;
def Onnx_WhereOp
    : Onnx_WhereSchema<[Onnx_Infer<"Where">, Onnx_Evaluate<"Where">, Onnx_Elementwise<"Arithmetic">,
                        Onnx_Moves<"Join", [1, 2]>]>;

#endif
