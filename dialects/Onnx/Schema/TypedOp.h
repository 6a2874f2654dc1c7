// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The text form of typed operations, by the table of schemas.
#ifndef RETORT_DIALECTS_ONNX_SCHEMA_TYPEDOP_H
#define RETORT_DIALECTS_ONNX_SCHEMA_TYPEDOP_H

#include "dialects/Onnx/Schema/Schema.h"

#include "mlir/IR/OpImplementation.h"

namespace retort::onnx {

mlir::ParseResult parseTypedOp(mlir::OpAsmParser &parser, mlir::OperationState &result);
void printTypedOp(mlir::Operation *op, mlir::OpAsmPrinter &printer);

/// How many values each parameter takes where `present[i]` says whether slot i is given; nullopt
/// where the slots do not fit: too many, a required one omitted, or a hole among variadic values.
std::optional<llvm::SmallVector<int32_t>> segmentSizes(llvm::ArrayRef<Parameter> parameters,
                                                       llvm::ArrayRef<bool> present);

/// Writes the sizes as the attribute of the operation, if its parameters need one.
void addSegmentSizes(mlir::OperationState &state, llvm::StringRef attribute,
                     llvm::ArrayRef<Parameter> parameters, llvm::ArrayRef<int32_t> sizes);

/// The operands of a typed operation by slot: one value, null if omitted, for each parameter, and
/// then the rest of a variadic one. Trailing omitted slots are kept. An operation without a schema
/// omits none.
llvm::SmallVector<mlir::Value> operandSlots(mlir::Operation *op);

/// Likewise the results.
llvm::SmallVector<mlir::Value> resultSlots(mlir::Operation *op);

} // namespace retort::onnx

#endif
