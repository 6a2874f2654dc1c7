// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Constants of the graph: reading numbers, making new ones.
#ifndef RETORT_DIALECTS_ONNX_CONSTANTS_H
#define RETORT_DIALECTS_ONNX_CONSTANTS_H

#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinAttributeInterfaces.h"
#include "mlir/IR/Value.h"

#include <optional>

namespace retort {

/// The one element of a constant; nullopt where the value is no constant or has more elements.
std::optional<double> scalarOf(mlir::Value value);
/// The elements of a small constant of integers.
std::optional<llvm::SmallVector<int64_t>> integersOf(mlir::Value value);

mlir::Value makeConstantOp(mlir::OpBuilder &builder, mlir::Location loc, mlir::ElementsAttr value);
/// A tensor of rank 1.
mlir::Value makeIntegers(mlir::OpBuilder &builder, mlir::Location loc,
                         llvm::ArrayRef<int64_t> values);
/// `size` times `value`, a tensor of rank 1.
mlir::Value makeSplat(mlir::OpBuilder &builder, mlir::Location loc, mlir::Type element,
                      int64_t size, double value);

} // namespace retort

#endif
