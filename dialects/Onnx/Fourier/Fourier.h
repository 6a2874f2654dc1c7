// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The typed operation DFT.
#ifndef RETORT_DIALECTS_ONNX_FOURIER_FOURIER_H
#define RETORT_DIALECTS_ONNX_FOURIER_FOURIER_H

#include "dialects/Onnx/Onnx.h"

namespace retort::onnx {

void addFourierOperations(mlir::Dialect &dialect);

/// Refines the type of the result in place, and tells the analysis its sizes.
llvm::LogicalResult inferDft(mlir::Operation *op, SymbolicDims &dims);

} // namespace retort::onnx

#define GET_OP_CLASSES
#include "dialects/Onnx/Fourier/Fourier.h.inc"

#endif
