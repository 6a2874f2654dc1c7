// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The typed operations LSTM, GRU and RNN.
#ifndef RETORT_DIALECTS_ONNX_RECURRENT_RECURRENT_H
#define RETORT_DIALECTS_ONNX_RECURRENT_RECURRENT_H

#include "dialects/Onnx/Onnx.h"

namespace retort::onnx {

void addRecurrentOperations(mlir::Dialect &dialect);

/// Refines the types of the results in place, and tells the analysis their sizes.
llvm::LogicalResult inferRecurrent(mlir::Operation *op, SymbolicDims &dims);

} // namespace retort::onnx

#define GET_OP_CLASSES
#include "dialects/Onnx/Recurrent/Recurrent.h.inc"

#endif
