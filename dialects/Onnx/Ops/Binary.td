// Element-wise operations on several tensors that broadcast against each other.
#ifndef RETORT_ONNX_BINARY
#define RETORT_ONNX_BINARY

include "dialects/Onnx/OnnxSchema.td"

def Onnx_AddOp : Onnx_AddSchema<[Onnx_Infer<"Broadcast">, Onnx_Evaluate<"Add">]>;
def Onnx_BitShiftOp : Onnx_BitShiftSchema<[Onnx_Infer<"Broadcast">, Onnx_Evaluate<"BitShift">]>;
def Onnx_BitwiseAndOp : Onnx_BitwiseAndSchema<[Onnx_Infer<"Broadcast">, Onnx_Evaluate<"BitwiseAnd">]>;
def Onnx_BitwiseOrOp : Onnx_BitwiseOrSchema<[Onnx_Infer<"Broadcast">, Onnx_Evaluate<"BitwiseOr">]>;
def Onnx_BitwiseXorOp : Onnx_BitwiseXorSchema<[Onnx_Infer<"Broadcast">, Onnx_Evaluate<"BitwiseXor">]>;
def Onnx_DivOp : Onnx_DivSchema<[Onnx_Infer<"Broadcast">, Onnx_Evaluate<"Div">]>;
def Onnx_MaxOp : Onnx_MaxSchema<[Onnx_Infer<"Broadcast">, Onnx_Evaluate<"Max">]>;
def Onnx_MeanOp : Onnx_MeanSchema<[Onnx_Infer<"Broadcast">, Onnx_Evaluate<"Mean">]>;
def Onnx_MinOp : Onnx_MinSchema<[Onnx_Infer<"Broadcast">, Onnx_Evaluate<"Min">]>;
def Onnx_ModOp : Onnx_ModSchema<[Onnx_Infer<"Broadcast">, Onnx_Evaluate<"Mod">]>;
def Onnx_MulOp : Onnx_MulSchema<[Onnx_Infer<"Broadcast">, Onnx_Evaluate<"Mul">]>;
def Onnx_PowOp : Onnx_PowSchema<[Onnx_Infer<"Broadcast">, Onnx_Evaluate<"Pow">]>;
def Onnx_PReluOp : Onnx_PReluSchema<[Onnx_Infer<"Broadcast">, Onnx_Evaluate<"PRelu">]>;
def Onnx_SubOp : Onnx_SubSchema<[Onnx_Infer<"Broadcast">, Onnx_Evaluate<"Sub">]>;
def Onnx_SumOp : Onnx_SumSchema<[Onnx_Infer<"Broadcast">, Onnx_Evaluate<"Sum">]>;
def Onnx_AndOp : Onnx_AndSchema<[Onnx_Infer<"Compare">, Onnx_Evaluate<"And">]>;
def Onnx_EqualOp : Onnx_EqualSchema<[Onnx_Infer<"Compare">, Onnx_Evaluate<"Equal">]>;
def Onnx_GreaterOp : Onnx_GreaterSchema<[Onnx_Infer<"Compare">, Onnx_Evaluate<"Greater">]>;
def Onnx_GreaterOrEqualOp : Onnx_GreaterOrEqualSchema<[Onnx_Infer<"Compare">, Onnx_Evaluate<"GreaterOrEqual">]>;
def Onnx_LessOp : Onnx_LessSchema<[Onnx_Infer<"Compare">, Onnx_Evaluate<"Less">]>;
def Onnx_LessOrEqualOp : Onnx_LessOrEqualSchema<[Onnx_Infer<"Compare">, Onnx_Evaluate<"LessOrEqual">]>;
def Onnx_OrOp : Onnx_OrSchema<[Onnx_Infer<"Compare">, Onnx_Evaluate<"Or">]>;
def Onnx_XorOp : Onnx_XorSchema<[Onnx_Infer<"Compare">, Onnx_Evaluate<"Xor">]>;
def Onnx_WhereOp : Onnx_WhereSchema<[Onnx_Infer<"Where">, Onnx_Evaluate<"Where">]>;

#endif
