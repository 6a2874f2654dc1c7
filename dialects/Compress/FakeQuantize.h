// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What compress.fake_quantize is to analyses: types, rows, values of constants.
#ifndef RETORT_DIALECTS_COMPRESS_FAKEQUANTIZE_H
#define RETORT_DIALECTS_COMPRESS_FAKEQUANTIZE_H

#include "dialects/Onnx/Build.h"

#include "mlir/IR/MLIRContext.h"

namespace retort::compress {

/// Gives the operation onnx's interfaces.
void attachFakeQuantize(mlir::MLIRContext &context);

/// What scales are when they have been stored as this type, in operations of ONNX: the largest of
/// its numbers where they are beyond. As they are where it is null.
mlir::Value asStored(OnnxBuilder &build, mlir::Value scale, std::optional<mlir::Type> type);

} // namespace retort::compress

#endif
