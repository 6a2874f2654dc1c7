// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Element-wise operations on one tensor.
#ifndef RETORT_ONNX_UNARY
#define RETORT_ONNX_UNARY

include "dialects/Onnx/OnnxSchema.td"

def Onnx_AbsOp : Onnx_AbsSchema<[Onnx_Unary<"Abs", "Arithmetic">]>;
def Onnx_AcosOp : Onnx_AcosSchema<[Onnx_Unary<"Acos">]>;
def Onnx_AcoshOp : Onnx_AcoshSchema<[Onnx_Unary<"Acosh">]>;
def Onnx_AsinOp : Onnx_AsinSchema<[Onnx_Unary<"Asin">]>;
def Onnx_AsinhOp : Onnx_AsinhSchema<[Onnx_Unary<"Asinh">]>;
def Onnx_AtanOp : Onnx_AtanSchema<[Onnx_Unary<"Atan">]>;
def Onnx_AtanhOp : Onnx_AtanhSchema<[Onnx_Unary<"Atanh">]>;
def Onnx_BitwiseNotOp : Onnx_BitwiseNotSchema<[Onnx_Unary<"BitwiseNot", "Test">]>;
def Onnx_CeilOp : Onnx_CeilSchema<[Onnx_Unary<"Ceil">]>;
def Onnx_CeluOp : Onnx_CeluSchema<[Onnx_Unary<"Celu">]>;
def Onnx_ClipOp : Onnx_ClipSchema<[Onnx_Unary<"Clip", "Arithmetic">]>;
def Onnx_CosOp : Onnx_CosSchema<[Onnx_Unary<"Cos">]>;
def Onnx_CoshOp : Onnx_CoshSchema<[Onnx_Unary<"Cosh">]>;
def Onnx_EluOp : Onnx_EluSchema<[Onnx_Unary<"Elu">]>;
def Onnx_ErfOp : Onnx_ErfSchema<[Onnx_Unary<"Erf">]>;
def Onnx_ExpOp : Onnx_ExpSchema<[Onnx_Unary<"Exp">]>;
def Onnx_FloorOp : Onnx_FloorSchema<[Onnx_Unary<"Floor">]>;
def Onnx_GeluOp : Onnx_GeluSchema<[Onnx_Unary<"Gelu">]>;
def Onnx_HardSigmoidOp : Onnx_HardSigmoidSchema<[Onnx_Unary<"HardSigmoid">]>;
def Onnx_HardSwishOp : Onnx_HardSwishSchema<[Onnx_Unary<"HardSwish">]>;
def Onnx_IdentityOp : Onnx_IdentitySchema<[Onnx_Unary<"Identity", "Copy">, Onnx_Moves<"Reshape">]>;
def Onnx_LeakyReluOp : Onnx_LeakyReluSchema<[Onnx_Unary<"LeakyRelu">]>;
def Onnx_LogOp : Onnx_LogSchema<[Onnx_Unary<"Log">]>;
def Onnx_MishOp : Onnx_MishSchema<[Onnx_Unary<"Mish">]>;
def Onnx_NegOp : Onnx_NegSchema<[Onnx_Unary<"Neg", "Arithmetic">, Onnx_LinearIn<[0]>]>;
def Onnx_NotOp : Onnx_NotSchema<[Onnx_Unary<"Not", "Test">]>;
def Onnx_ReciprocalOp : Onnx_ReciprocalSchema<[Onnx_Unary<"Reciprocal", "Power">]>;
def Onnx_ReluOp : Onnx_ReluSchema<[Onnx_Unary<"Relu">]>;
def Onnx_RoundOp : Onnx_RoundSchema<[Onnx_Unary<"Round">]>;
def Onnx_SeluOp : Onnx_SeluSchema<[Onnx_Unary<"Selu">]>;
def Onnx_SigmoidOp : Onnx_SigmoidSchema<[Onnx_Unary<"Sigmoid">]>;
def Onnx_SignOp : Onnx_SignSchema<[Onnx_Unary<"Sign">]>;
def Onnx_SinOp : Onnx_SinSchema<[Onnx_Unary<"Sin">]>;
def Onnx_SinhOp : Onnx_SinhSchema<[Onnx_Unary<"Sinh">]>;
def Onnx_SoftplusOp : Onnx_SoftplusSchema<[Onnx_Unary<"Softplus">]>;
def Onnx_SoftsignOp : Onnx_SoftsignSchema<[Onnx_Unary<"Softsign">]>;
def Onnx_SqrtOp : Onnx_SqrtSchema<[Onnx_Unary<"Sqrt", "Power">]>;
def Onnx_SwishOp : Onnx_SwishSchema<[Onnx_Unary<"Swish">]>;
def Onnx_TanOp : Onnx_TanSchema<[Onnx_Unary<"Tan">]>;
def Onnx_TanhOp : Onnx_TanhSchema<[Onnx_Unary<"Tanh">]>;
def Onnx_ThresholdedReluOp : Onnx_ThresholdedReluSchema<[Onnx_Unary<"ThresholdedRelu">]>;
def Onnx_IsInfOp : Onnx_IsInfSchema<[Onnx_Infer<"SameShapeBool">, Onnx_Evaluate<"IsInf">, Onnx_Elementwise<"Test">]>;
def Onnx_IsNaNOp : Onnx_IsNaNSchema<[Onnx_Infer<"SameShapeBool">, Onnx_Evaluate<"IsNaN">, Onnx_Elementwise<"Test">]>;
def Onnx_BitCastOp : Onnx_BitCastSchema<[Onnx_Infer<"Cast">, Onnx_Elementwise<"Test">]>;
def Onnx_CastOp
    : Onnx_CastSchema<[Onnx_Infer<"Cast">, Onnx_Evaluate<"Cast">, Onnx_Elementwise<"Conversion">, Onnx_LinearIn<[0]>]>;
def Onnx_CastLikeOp
    : Onnx_CastLikeSchema<[Onnx_Infer<"CastLike">, Onnx_Evaluate<"CastLike">, Onnx_Elementwise<"Conversion">,
                           Onnx_LinearIn<[0]>]>;
def Onnx_DropoutOp : Onnx_DropoutSchema<[Onnx_Infer<"Dropout">, Onnx_Evaluate<"Dropout">, Onnx_Elementwise<"Copy">]>;

#endif
