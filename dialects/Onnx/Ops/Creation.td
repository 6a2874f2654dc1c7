// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Constants, shapes, and tensors made of them.
#ifndef RETORT_ONNX_CREATION
#define RETORT_ONNX_CREATION

include "dialects/Onnx/OnnxSchema.td"

def Onnx_ConstantOp : Onnx_ConstantSchema<[ConstantLike, Onnx_Infer<"Constant">, Onnx_Evaluate<"Constant">]> {
  let hasFolder = 1;
}
def Onnx_ConstantOfShapeOp
    : Onnx_ConstantOfShapeSchema<[Onnx_Infer<"ConstantOfShape">, Onnx_Evaluate<"ConstantOfShape">]>;
def Onnx_NonZeroOp : Onnx_NonZeroSchema<[Onnx_Infer<"NonZero">, Onnx_Evaluate<"NonZero">]>;
def Onnx_OneHotOp : Onnx_OneHotSchema<[Onnx_Infer<"OneHot">, Onnx_Evaluate<"OneHot">, Onnx_Rows<"OneHot">]>;
def Onnx_RangeOp : Onnx_RangeSchema<[Onnx_Infer<"Range">, Onnx_Evaluate<"Range">]>;
def Onnx_ShapeOp : Onnx_ShapeSchema<[Onnx_Infer<"Shape">, Onnx_Evaluate<"Shape">, Onnx_AsksShape]>;
def Onnx_SizeOp : Onnx_SizeSchema<[Onnx_Infer<"Size">, Onnx_Evaluate<"Size">, Onnx_AsksShape]>;
def Onnx_EyeLikeOp : Onnx_EyeLikeSchema<[Onnx_Infer<"EyeLike">, Onnx_Evaluate<"EyeLike">]>;
def Onnx_BernoulliOp : Onnx_BernoulliSchema;
def Onnx_RandomNormalOp : Onnx_RandomNormalSchema;
def Onnx_RandomNormalLikeOp : Onnx_RandomNormalLikeSchema;
def Onnx_RandomUniformOp : Onnx_RandomUniformSchema;
def Onnx_RandomUniformLikeOp : Onnx_RandomUniformLikeSchema;

#endif
