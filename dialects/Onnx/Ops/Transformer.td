// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Normalizations, attention, and what stands between them.
#ifndef RETORT_ONNX_TRANSFORMER
#define RETORT_ONNX_TRANSFORMER

include "dialects/Onnx/OnnxSchema.td"

def Onnx_LayerNormalizationOp
    : Onnx_LayerNormalizationSchema<[Onnx_Infer<"LayerNormalization">, Onnx_Evaluate<"LayerNormalization">,
                                     Onnx_Normalizes, Onnx_Rows<"Normalization">]>;
def Onnx_SimplifiedLayerNormalizationOp
    : Onnx_SimplifiedLayerNormalizationSchema<[Onnx_Infer<"LayerNormalization">, Onnx_Evaluate<"LayerNormalization">,
                                               Onnx_Normalizes, Onnx_Rows<"Normalization">]>;
def Onnx_RMSNormalizationOp
    : Onnx_RMSNormalizationSchema<[Onnx_Infer<"Same">, Onnx_Evaluate<"RMSNormalization">, Onnx_Normalizes,
                                   Onnx_Rows<"Normalization">]>;
def Onnx_RotaryEmbeddingOp
    : Onnx_RotaryEmbeddingSchema<[Onnx_Infer<"Same">, Onnx_Evaluate<"RotaryEmbedding">, Onnx_Takes<[3]>]>;
def Onnx_AttentionOp
    : Onnx_AttentionSchema<[Onnx_Infer<"Attention">, Onnx_Evaluate<"Attention">, Onnx_Takes<[], [3, 6], [6]>,
                            Onnx_Carries<[1, 1, 2, 2, 4, 1, 5, 2]>]>;
def Onnx_LinearAttentionOp : Onnx_LinearAttentionSchema<[Onnx_Infer<"LinearAttention">, Onnx_Carries<[3, 1]>]>;
def Onnx_BatchNormalizationOp : Onnx_BatchNormalizationSchema<[Onnx_Infer<"Same">]>;
def Onnx_GroupNormalizationOp : Onnx_GroupNormalizationSchema<[Onnx_Infer<"Same">]>;
def Onnx_InstanceNormalizationOp : Onnx_InstanceNormalizationSchema<[Onnx_Infer<"Same">]>;
def Onnx_SwiGLUOp : Onnx_SwiGLUSchema<[Onnx_Infer<"Broadcast">, Onnx_Elementwise<"Function">]>;
def Onnx_CausalConvWithStateOp
    : Onnx_CausalConvWithStateSchema<[Onnx_Infer<"CausalConvWithState">, Onnx_Carries<[3, 1]>]>;

#endif
