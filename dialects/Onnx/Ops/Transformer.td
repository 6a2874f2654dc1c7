// Normalizations, attention, and what stands between them.
#ifndef RETORT_ONNX_TRANSFORMER
#define RETORT_ONNX_TRANSFORMER

include "dialects/Onnx/OnnxSchema.td"

def Onnx_LayerNormalizationOp
    : Onnx_LayerNormalizationSchema<[Onnx_Infer<"LayerNormalization">, Onnx_Evaluate<"LayerNormalization">]>;
def Onnx_SimplifiedLayerNormalizationOp
    : Onnx_SimplifiedLayerNormalizationSchema<[Onnx_Infer<"LayerNormalization">, Onnx_Evaluate<"LayerNormalization">]>;
def Onnx_RMSNormalizationOp : Onnx_RMSNormalizationSchema<[Onnx_Infer<"Same">, Onnx_Evaluate<"RMSNormalization">]>;
def Onnx_RotaryEmbeddingOp : Onnx_RotaryEmbeddingSchema<[Onnx_Infer<"Same">, Onnx_Evaluate<"RotaryEmbedding">]>;
def Onnx_AttentionOp : Onnx_AttentionSchema<[Onnx_Infer<"Attention">, Onnx_Evaluate<"Attention">]>;
def Onnx_LinearAttentionOp : Onnx_LinearAttentionSchema<[Onnx_Infer<"LinearAttention">]>;
def Onnx_BatchNormalizationOp : Onnx_BatchNormalizationSchema<[Onnx_Infer<"Same">]>;
def Onnx_GroupNormalizationOp : Onnx_GroupNormalizationSchema<[Onnx_Infer<"Same">]>;
def Onnx_InstanceNormalizationOp : Onnx_InstanceNormalizationSchema<[Onnx_Infer<"Same">]>;
def Onnx_SwiGLUOp : Onnx_SwiGLUSchema<[Onnx_Infer<"Broadcast">]>;
def Onnx_CausalConvWithStateOp : Onnx_CausalConvWithStateSchema<[Onnx_Infer<"CausalConvWithState">]>;

#endif
