// Operations of the domain com.microsoft.
#ifndef RETORT_ONNX_MICROSOFT
#define RETORT_ONNX_MICROSOFT

include "dialects/Onnx/OnnxSchema.td"

def Onnx_MicrosoftFastGeluOp : Onnx_MicrosoftFastGeluSchema<[Onnx_Evaluate<"FastGelu">, Onnx_Infer<"Same">]>;
def Onnx_MicrosoftBiasGeluOp : Onnx_MicrosoftBiasGeluSchema<[Onnx_Infer<"Same">]>;
def Onnx_MicrosoftGeluOp : Onnx_MicrosoftGeluSchema<[Onnx_Infer<"Same">]>;
def Onnx_MicrosoftQuickGeluOp : Onnx_MicrosoftQuickGeluSchema<[Onnx_Infer<"Same">]>;
def Onnx_MicrosoftFusedMatMulOp
    : Onnx_MicrosoftFusedMatMulSchema<[Onnx_Infer<"FusedMatMul">, Onnx_Evaluate<"FusedMatMul">]>;
def Onnx_MicrosoftFusedGemmOp : Onnx_MicrosoftFusedGemmSchema<[Onnx_Infer<"Gemm">]>;
def Onnx_MicrosoftMatMulNBitsOp
    : Onnx_MicrosoftMatMulNBitsSchema<[Onnx_Infer<"MatMulNBits">, Onnx_Evaluate<"MatMulNBits">]>;
def Onnx_MicrosoftGatherBlockQuantizedOp
    : Onnx_MicrosoftGatherBlockQuantizedSchema<[Onnx_Infer<"GatherBlockQuantized">,
                                                              Onnx_Evaluate<"GatherBlockQuantized">]>;
def Onnx_MicrosoftEmbedLayerNormalizationOp
    : Onnx_MicrosoftEmbedLayerNormalizationSchema<[Onnx_Infer<"EmbedLayerNormalization">,
                                                              Onnx_Evaluate<"EmbedLayerNormalization">]>;
def Onnx_MicrosoftGroupQueryAttentionOp
    : Onnx_MicrosoftGroupQueryAttentionSchema<[Onnx_Infer<"GroupQueryAttention">,
                                                              Onnx_Evaluate<"GroupQueryAttention">]>;
def Onnx_MicrosoftMultiHeadAttentionOp
    : Onnx_MicrosoftMultiHeadAttentionSchema<[Onnx_Infer<"MultiHeadAttention">, Onnx_Evaluate<"MultiHeadAttention">]>;
def Onnx_MicrosoftAttentionOp
    : Onnx_MicrosoftAttentionSchema<[Onnx_Infer<"MicrosoftAttention">, Onnx_Evaluate<"MicrosoftAttention">]>;
def Onnx_MicrosoftSkipLayerNormalizationOp
    : Onnx_MicrosoftSkipLayerNormalizationSchema<[Onnx_Infer<"SkipLayerNormalization">,
                                                              Onnx_Evaluate<"SkipLayerNormalization">]>;
def Onnx_MicrosoftSkipSimplifiedLayerNormalizationOp
    : Onnx_MicrosoftSkipSimplifiedLayerNormalizationSchema<[Onnx_Infer<"SkipLayerNormalization">,
                                                              Onnx_Evaluate<"SkipSimplifiedLayerNormalization">]>;
def Onnx_MicrosoftRotaryEmbeddingOp
    : Onnx_MicrosoftRotaryEmbeddingSchema<[Onnx_Infer<"Same">, Onnx_Evaluate<"MicrosoftRotaryEmbedding">]>;
def Onnx_MicrosoftLinearAttentionOp : Onnx_MicrosoftLinearAttentionSchema;
def Onnx_MicrosoftCausalConvWithStateOp : Onnx_MicrosoftCausalConvWithStateSchema;
def Onnx_MicrosoftMoEOp : Onnx_MicrosoftMoESchema;
def Onnx_MicrosoftQMoEOp : Onnx_MicrosoftQMoESchema;

#endif
