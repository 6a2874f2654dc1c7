// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the families of type inference share.
#ifndef RETORT_DIALECTS_ONNX_SHAPE_INFER_H
#define RETORT_DIALECTS_ONNX_SHAPE_INFER_H

#include "dialects/Onnx/ElementType.h"
#include "dialects/Onnx/Evaluate/Attributes.h"
#include "dialects/Onnx/Families.h"
#include "dialects/Onnx/Schema/TypedOp.h"
#include "dialects/Onnx/Shape/SymbolicDims.h"

namespace retort::onnx {

using MaybeShape = std::optional<SymbolicShape>;

/// Null where it is not known.
inline mlir::Type elementOf(mlir::Value value) {
  auto type = value ? llvm::dyn_cast<mlir::ShapedType>(value.getType()) : mlir::ShapedType();
  if (!type ||
      !llvm::isa<mlir::IntegerType, mlir::FloatType, mlir::ComplexType>(type.getElementType()))
    return {};
  return type.getElementType();
}

inline mlir::Value slotAt(llvm::ArrayRef<mlir::Value> slots, size_t i) {
  return i < slots.size() ? slots[i] : mlir::Value();
}

inline void setResult(mlir::Operation *op, SymbolicDims &dims, unsigned i, mlir::Type element,
                      MaybeShape shape) {
  if (mlir::Value result = slotAt(resultSlots(op), i))
    dims.set(result, element, std::move(shape));
}

/// "[2, n]", for diagnostics.
std::string textOf(SymbolicDims &dims, const SymbolicShape &shape);

/// An error where two known element types differ.
llvm::LogicalResult expectSameElements(mlir::Operation *op, llvm::ArrayRef<mlir::Value> values);

/// The shape that all broadcast to; nullopt where one is not known; failure, after a diagnostic,
/// where they disagree.
llvm::FailureOr<MaybeShape> broadcastOf(mlir::Operation *op, SymbolicDims &dims,
                                        llvm::ArrayRef<MaybeShape> shapes);

/// The attribute `name` as an axis of `rank`; failure, after a diagnostic, where it is none.
llvm::FailureOr<int64_t> axisOf(mlir::Operation *op, int64_t given, int64_t rank);

/// Unknown sizes, for each axis that the result of `op` has.
SymbolicShape unknownShape(SymbolicDims &dims, mlir::Value result, int64_t rank);

inline Polynomial productOf(llvm::ArrayRef<Polynomial> sizes) {
  Polynomial product(1);
  for (const Polynomial &size : sizes)
    product = product * size;
  return product;
}

} // namespace retort::onnx

#endif
