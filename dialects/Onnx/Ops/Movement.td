// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Operations that place elements anew, and never change one.
#ifndef RETORT_ONNX_MOVEMENT
#define RETORT_ONNX_MOVEMENT

include "dialects/Onnx/OnnxSchema.td"

def Onnx_ConcatOp
    : Onnx_ConcatSchema<[Onnx_Infer<"Concat">, Onnx_Evaluate<"Concat">, Onnx_Moves<"Join", []>,
                         Onnx_Rows<"AlongOther">]>;
def Onnx_ExpandOp
    : Onnx_ExpandSchema<[Onnx_Infer<"Expand">, Onnx_Evaluate<"Expand">, Onnx_Moves<"Repeat">, Onnx_Rows<"Expand">]>;
def Onnx_PadOp
    : Onnx_PadSchema<[Onnx_Infer<"Pad">, Onnx_Evaluate<"Pad">, Onnx_Moves<"Join", [0, 2]>, Onnx_Rows<"Slice">]>;
def Onnx_SliceOp
    : Onnx_SliceSchema<[Onnx_Infer<"Slice">, Onnx_Evaluate<"Slice">, Onnx_Moves<"Select">, Onnx_Rows<"Slice">]>;
def Onnx_SplitOp
    : Onnx_SplitSchema<[Onnx_Infer<"Split">, Onnx_Evaluate<"Split">, Onnx_Moves<"Select">, Onnx_Rows<"AlongOther">]>;
def Onnx_TileOp : Onnx_TileSchema<[Onnx_Infer<"Tile">, Onnx_Evaluate<"Tile">, Onnx_Moves<"Repeat">, Onnx_Rows<"Tile">]>;
def Onnx_TransposeOp
    : Onnx_TransposeSchema<[Onnx_Infer<"Transpose">, Onnx_Evaluate<"Transpose">, Onnx_Moves<"Permute">,
                            Onnx_Rows<"Transpose">]>;
def Onnx_FlattenOp
    : Onnx_FlattenSchema<[Onnx_Infer<"Flatten">, Onnx_Evaluate<"Reshape">, Onnx_Moves<"Reshape">,
                          Onnx_Rows<"Reshape">]>;
def Onnx_ReshapeOp
    : Onnx_ReshapeSchema<[Onnx_Infer<"Reshape">, Onnx_Evaluate<"Reshape">, Onnx_Moves<"Reshape">,
                          Onnx_Rows<"Reshape">]>;
def Onnx_SqueezeOp
    : Onnx_SqueezeSchema<[Onnx_Infer<"Squeeze">, Onnx_Evaluate<"Reshape">, Onnx_Moves<"Reshape">,
                          Onnx_Rows<"Reshape">]>;
def Onnx_UnsqueezeOp
    : Onnx_UnsqueezeSchema<[Onnx_Infer<"Unsqueeze">, Onnx_Evaluate<"Reshape">, Onnx_Moves<"Reshape">,
                            Onnx_Rows<"Reshape">]>;
def Onnx_GatherOp
    : Onnx_GatherSchema<[Onnx_Infer<"Gather">, Onnx_Evaluate<"Gather">, Onnx_Moves<"Select">, Onnx_LooksUp<[1, 0]>,
                         Onnx_Rows<"Gather">]>;
def Onnx_GatherElementsOp
    : Onnx_GatherElementsSchema<[Onnx_Infer<"GatherElements">, Onnx_Evaluate<"GatherElements">, Onnx_Moves<"Select">,
                                 Onnx_LooksUp<[1, 0]>, Onnx_Rows<"ByIndex">]>;
def Onnx_GatherNDOp
    : Onnx_GatherNDSchema<[Onnx_Infer<"GatherND">, Onnx_Evaluate<"GatherND">, Onnx_Moves<"Select">,
                           Onnx_LooksUp<[1, 0]>, Onnx_Rows<"GatherND">]>;
def Onnx_ScatterElementsOp
    : Onnx_ScatterElementsSchema<[Onnx_Infer<"Same">, Onnx_Evaluate<"ScatterElements">, Onnx_Moves<"Join", [0, 2]>,
                                  Onnx_Rows<"ByIndex">]>;
def Onnx_ScatterNDOp
    : Onnx_ScatterNDSchema<[Onnx_Infer<"Same">, Onnx_Evaluate<"ScatterND">, Onnx_Moves<"Join", [0, 2]>,
                            Onnx_Rows<"ScatterND">]>;
def Onnx_TensorScatterOp
    : Onnx_TensorScatterSchema<[Onnx_Infer<"TensorScatter">, Onnx_Evaluate<"TensorScatter">, Onnx_Moves<"Join", [0, 1]>]>;
def Onnx_TriluOp : Onnx_TriluSchema<[Onnx_Infer<"Same">, Onnx_Evaluate<"Trilu">]>;
def Onnx_CompressOp : Onnx_CompressSchema;
def Onnx_DepthToSpaceOp : Onnx_DepthToSpaceSchema;
def Onnx_ReverseSequenceOp : Onnx_ReverseSequenceSchema;
def Onnx_SpaceToDepthOp : Onnx_SpaceToDepthSchema;

#endif
