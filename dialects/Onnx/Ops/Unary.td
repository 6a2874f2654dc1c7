// Element-wise operations on one tensor.
#ifndef RETORT_ONNX_UNARY
#define RETORT_ONNX_UNARY

include "dialects/Onnx/OnnxSchema.td"

def Onnx_AbsOp : Onnx_AbsSchema<[Onnx_Infer<"Same">, Onnx_Evaluate<"Abs">]>;
def Onnx_AcosOp : Onnx_AcosSchema<[Onnx_Infer<"Same">, Onnx_Evaluate<"Acos">]>;
def Onnx_AcoshOp : Onnx_AcoshSchema<[Onnx_Infer<"Same">, Onnx_Evaluate<"Acosh">]>;
def Onnx_AsinOp : Onnx_AsinSchema<[Onnx_Infer<"Same">, Onnx_Evaluate<"Asin">]>;
def Onnx_AsinhOp : Onnx_AsinhSchema<[Onnx_Infer<"Same">, Onnx_Evaluate<"Asinh">]>;
def Onnx_AtanOp : Onnx_AtanSchema<[Onnx_Infer<"Same">, Onnx_Evaluate<"Atan">]>;
def Onnx_AtanhOp : Onnx_AtanhSchema<[Onnx_Infer<"Same">, Onnx_Evaluate<"Atanh">]>;
def Onnx_BitwiseNotOp : Onnx_BitwiseNotSchema<[Onnx_Infer<"Same">, Onnx_Evaluate<"BitwiseNot">]>;
def Onnx_CeilOp : Onnx_CeilSchema<[Onnx_Infer<"Same">, Onnx_Evaluate<"Ceil">]>;
def Onnx_CeluOp : Onnx_CeluSchema<[Onnx_Infer<"Same">, Onnx_Evaluate<"Celu">]>;
def Onnx_ClipOp : Onnx_ClipSchema<[Onnx_Infer<"Same">, Onnx_Evaluate<"Clip">]>;
def Onnx_CosOp : Onnx_CosSchema<[Onnx_Infer<"Same">, Onnx_Evaluate<"Cos">]>;
def Onnx_CoshOp : Onnx_CoshSchema<[Onnx_Infer<"Same">, Onnx_Evaluate<"Cosh">]>;
def Onnx_EluOp : Onnx_EluSchema<[Onnx_Infer<"Same">, Onnx_Evaluate<"Elu">]>;
def Onnx_ErfOp : Onnx_ErfSchema<[Onnx_Infer<"Same">, Onnx_Evaluate<"Erf">]>;
def Onnx_ExpOp : Onnx_ExpSchema<[Onnx_Infer<"Same">, Onnx_Evaluate<"Exp">]>;
def Onnx_FloorOp : Onnx_FloorSchema<[Onnx_Infer<"Same">, Onnx_Evaluate<"Floor">]>;
def Onnx_GeluOp : Onnx_GeluSchema<[Onnx_Infer<"Same">, Onnx_Evaluate<"Gelu">]>;
def Onnx_HardSigmoidOp : Onnx_HardSigmoidSchema<[Onnx_Infer<"Same">, Onnx_Evaluate<"HardSigmoid">]>;
def Onnx_HardSwishOp : Onnx_HardSwishSchema<[Onnx_Infer<"Same">, Onnx_Evaluate<"HardSwish">]>;
def Onnx_IdentityOp : Onnx_IdentitySchema<[Onnx_Infer<"Same">, Onnx_Evaluate<"Identity">]>;
def Onnx_LeakyReluOp : Onnx_LeakyReluSchema<[Onnx_Infer<"Same">, Onnx_Evaluate<"LeakyRelu">]>;
def Onnx_LogOp : Onnx_LogSchema<[Onnx_Infer<"Same">, Onnx_Evaluate<"Log">]>;
def Onnx_MishOp : Onnx_MishSchema<[Onnx_Infer<"Same">, Onnx_Evaluate<"Mish">]>;
def Onnx_NegOp : Onnx_NegSchema<[Onnx_Infer<"Same">, Onnx_Evaluate<"Neg">]>;
def Onnx_NotOp : Onnx_NotSchema<[Onnx_Infer<"Same">, Onnx_Evaluate<"Not">]>;
def Onnx_ReciprocalOp : Onnx_ReciprocalSchema<[Onnx_Infer<"Same">, Onnx_Evaluate<"Reciprocal">]>;
def Onnx_ReluOp : Onnx_ReluSchema<[Onnx_Infer<"Same">, Onnx_Evaluate<"Relu">]>;
def Onnx_RoundOp : Onnx_RoundSchema<[Onnx_Infer<"Same">, Onnx_Evaluate<"Round">]>;
def Onnx_SeluOp : Onnx_SeluSchema<[Onnx_Infer<"Same">, Onnx_Evaluate<"Selu">]>;
def Onnx_SigmoidOp : Onnx_SigmoidSchema<[Onnx_Infer<"Same">, Onnx_Evaluate<"Sigmoid">]>;
def Onnx_SignOp : Onnx_SignSchema<[Onnx_Infer<"Same">, Onnx_Evaluate<"Sign">]>;
def Onnx_SinOp : Onnx_SinSchema<[Onnx_Infer<"Same">, Onnx_Evaluate<"Sin">]>;
def Onnx_SinhOp : Onnx_SinhSchema<[Onnx_Infer<"Same">, Onnx_Evaluate<"Sinh">]>;
def Onnx_SoftplusOp : Onnx_SoftplusSchema<[Onnx_Infer<"Same">, Onnx_Evaluate<"Softplus">]>;
def Onnx_SoftsignOp : Onnx_SoftsignSchema<[Onnx_Infer<"Same">, Onnx_Evaluate<"Softsign">]>;
def Onnx_SqrtOp : Onnx_SqrtSchema<[Onnx_Infer<"Same">, Onnx_Evaluate<"Sqrt">]>;
def Onnx_SwishOp : Onnx_SwishSchema<[Onnx_Infer<"Same">, Onnx_Evaluate<"Swish">]>;
def Onnx_TanOp : Onnx_TanSchema<[Onnx_Infer<"Same">, Onnx_Evaluate<"Tan">]>;
def Onnx_TanhOp : Onnx_TanhSchema<[Onnx_Infer<"Same">, Onnx_Evaluate<"Tanh">]>;
def Onnx_ThresholdedReluOp : Onnx_ThresholdedReluSchema<[Onnx_Infer<"Same">, Onnx_Evaluate<"ThresholdedRelu">]>;
def Onnx_IsInfOp : Onnx_IsInfSchema<[Onnx_Infer<"SameShapeBool">, Onnx_Evaluate<"IsInf">]>;
def Onnx_IsNaNOp : Onnx_IsNaNSchema<[Onnx_Infer<"SameShapeBool">, Onnx_Evaluate<"IsNaN">]>;
def Onnx_BitCastOp : Onnx_BitCastSchema<[Onnx_Infer<"Cast">]>;
def Onnx_CastOp : Onnx_CastSchema<[Onnx_Infer<"Cast">, Onnx_Evaluate<"Cast">]>;
def Onnx_CastLikeOp : Onnx_CastLikeSchema<[Onnx_Infer<"CastLike">, Onnx_Evaluate<"CastLike">]>;
def Onnx_DropoutOp : Onnx_DropoutSchema<[Onnx_Infer<"Dropout">, Onnx_Evaluate<"Dropout">]>;

#endif
