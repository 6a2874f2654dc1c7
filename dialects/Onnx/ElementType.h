// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The element types of ONNX as types of MLIR, and back: their numbers in TensorProto.DataType, and
// their names in schemas. The signed integers of ONNX are signless here, the unsigned ones ui8 and
// so on.
#ifndef RETORT_DIALECTS_ONNX_ELEMENTTYPE_H
#define RETORT_DIALECTS_ONNX_ELEMENTTYPE_H

#include "mlir/IR/Types.h"

namespace retort {

/// The type for a number of TensorProto.DataType; null for one that is not known.
mlir::Type elementTypeOf(mlir::MLIRContext *context, int64_t dataType);
/// 0 where ONNX has no such type.
int64_t dataTypeOf(mlir::Type element);
/// `float`, `uint8`; empty where ONNX has no such type.
llvm::StringRef elementTypeName(mlir::Type element);

} // namespace retort

#endif
