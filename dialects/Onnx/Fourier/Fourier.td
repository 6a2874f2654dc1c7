// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Transforms of a signal. Few files use them, so that they stay out of Ops.h, which every file parses.
#ifndef RETORT_ONNX_FOURIER
#define RETORT_ONNX_FOURIER

include "dialects/Onnx/OnnxSchema.td"

def Onnx_DFTOp : Onnx_DFTSchema<[Onnx_Infer<"Dft">]>;

#endif
