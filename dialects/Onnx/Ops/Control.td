// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Operations that hold graphs.
#ifndef RETORT_ONNX_CONTROL
#define RETORT_ONNX_CONTROL

include "dialects/Onnx/OnnxSchema.td"

def Onnx_IfOp : Onnx_IfSchema<[Onnx_Infer<"If">]>;
def Onnx_LoopOp : Onnx_LoopSchema<[Onnx_Infer<"Loop">]>;
def Onnx_ScanOp : Onnx_ScanSchema<[Onnx_Infer<"Scan">]>;

#endif
