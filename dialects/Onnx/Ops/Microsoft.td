// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Operations of the domain com.microsoft.
#ifndef RETORT_ONNX_MICROSOFT
#define RETORT_ONNX_MICROSOFT

include "dialects/Onnx/OnnxSchema.td"

def Onnx_MicrosoftFastGeluOp
    : Onnx_MicrosoftFastGeluSchema<[Onnx_Evaluate<"FastGelu">, Onnx_Infer<"Same">, Onnx_Elementwise<"Function">]>;
def Onnx_MicrosoftBiasGeluOp : Onnx_MicrosoftBiasGeluSchema<[Onnx_Infer<"Same">, Onnx_Elementwise<"Function">]>;
def Onnx_MicrosoftGeluOp : Onnx_MicrosoftGeluSchema<[Onnx_Infer<"Same">, Onnx_Elementwise<"Function">]>;
def Onnx_MicrosoftQuickGeluOp : Onnx_MicrosoftQuickGeluSchema<[Onnx_Infer<"Same">, Onnx_Elementwise<"Function">]>;
def Onnx_MicrosoftFusedMatMulOp
    : Onnx_MicrosoftFusedMatMulSchema<[Onnx_Infer<"FusedMatMul">, Onnx_Evaluate<"FusedMatMul">, Onnx_MatrixProduct,
                                       Onnx_Rows<"FusedMatMul">]>;
def Onnx_MicrosoftFusedGemmOp
    : Onnx_MicrosoftFusedGemmSchema<[Onnx_Infer<"Gemm">, Onnx_MatrixProduct, Onnx_Rows<"Gemm">]>;
def Onnx_MicrosoftMatMulNBitsOp
    : Onnx_MicrosoftMatMulNBitsSchema<[Onnx_Infer<"MatMulNBits">, Onnx_MatrixProduct, Onnx_Rows<"MatMulNBits">]>;
def Onnx_MicrosoftGatherBlockQuantizedOp
    : Onnx_MicrosoftGatherBlockQuantizedSchema<[Onnx_Infer<"GatherBlockQuantized">, Onnx_LooksUp<[1, 0]>,
                                                Onnx_Rows<"GatherBlockQuantized">]>;
def Onnx_MicrosoftEmbedLayerNormalizationOp
    : Onnx_MicrosoftEmbedLayerNormalizationSchema<[Onnx_Infer<"EmbedLayerNormalization">, Onnx_Normalizes,
                                                   Onnx_LooksUp<[0, 2, 1, 4, 8, 3]>]>;
def Onnx_MicrosoftGroupQueryAttentionOp
    : Onnx_MicrosoftGroupQueryAttentionSchema<[Onnx_Infer<"GroupQueryAttention">, Onnx_Takes<[9], [5, 10], [5, 6]>,
                                               Onnx_Carries<[3, 1, 4, 2]>]>;
def Onnx_MicrosoftMultiHeadAttentionOp
    : Onnx_MicrosoftMultiHeadAttentionSchema<[Onnx_Infer<"MultiHeadAttention">, Onnx_Takes<[], [4, 5], [8]>,
                                              Onnx_Carries<[6, 1, 7, 2]>]>;
def Onnx_MicrosoftAttentionOp
    : Onnx_MicrosoftAttentionSchema<[Onnx_Infer<"MicrosoftAttention">, Onnx_Takes<[], [3, 5], [6]>,
                                     Onnx_Carries<[4, 1]>]>;
def Onnx_MicrosoftSkipLayerNormalizationOp
    : Onnx_MicrosoftSkipLayerNormalizationSchema<[Onnx_Infer<"SkipLayerNormalization">,
                                                  Onnx_Evaluate<"SkipLayerNormalization">, Onnx_Normalizes,
                                                  Onnx_Rows<"SkipNormalization">]>;
def Onnx_MicrosoftSkipSimplifiedLayerNormalizationOp
    : Onnx_MicrosoftSkipSimplifiedLayerNormalizationSchema<[Onnx_Infer<"SkipLayerNormalization">,
                                                            Onnx_Evaluate<"SkipSimplifiedLayerNormalization">,
                                                            Onnx_Normalizes, Onnx_Rows<"SkipNormalization">]>;
def Onnx_MicrosoftRotaryEmbeddingOp
    : Onnx_MicrosoftRotaryEmbeddingSchema<[Onnx_Infer<"Same">, Onnx_Evaluate<"MicrosoftRotaryEmbedding">,
                                           Onnx_Takes<[1]>]>;
def Onnx_MicrosoftLinearAttentionOp : Onnx_MicrosoftLinearAttentionSchema<[Onnx_Carries<[3, 1]>]>;
def Onnx_MicrosoftCausalConvWithStateOp : Onnx_MicrosoftCausalConvWithStateSchema<[Onnx_Carries<[3, 1]>]>;
def Onnx_MicrosoftMoEOp : Onnx_MicrosoftMoESchema;
def Onnx_MicrosoftQMoEOp : Onnx_MicrosoftQMoESchema;

#endif
