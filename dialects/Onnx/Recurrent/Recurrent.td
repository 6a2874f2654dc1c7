// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Operations that read a sequence row by row, with a state. Few files use them, so that they stay out of Ops.h, which every
// file parses.
#ifndef RETORT_ONNX_RECURRENT
#define RETORT_ONNX_RECURRENT

include "dialects/Onnx/OnnxSchema.td"

def Onnx_GRUOp : Onnx_GRUSchema<[Onnx_Infer<"Recurrent">]>;
def Onnx_LSTMOp : Onnx_LSTMSchema<[Onnx_Infer<"Recurrent">]>;
def Onnx_RNNOp : Onnx_RNNSchema<[Onnx_Infer<"Recurrent">]>;

#endif
