// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The compress dialect: forms of a compressed weight that ONNX lacks. See README.md for its
// rationale.
#ifndef RETORT_DIALECTS_COMPRESS_COMPRESS_H
#define RETORT_DIALECTS_COMPRESS_COMPRESS_H

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

namespace retort::compress {
class WeightForm;
}

#include "dialects/Compress/CompressDialect.h.inc"

#define GET_OP_CLASSES
#include "dialects/Compress/CompressOps.h.inc"

namespace retort::compress {

/// Codes of this type are dequantized by onnx.DequantizeLinear; others by compress.dequantize.
bool isOnnxCode(mlir::Type element);

/// Either of the two; `zeros` may be null. `block` 0: one scale for each place along `axis`, or for
/// all.
mlir::Value createDequantize(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value codes,
                             mlir::Value scales, mlir::Value zeros, int64_t axis, int64_t block);

} // namespace retort::compress

#endif
