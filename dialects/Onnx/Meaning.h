// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Questions to the traits of operations that many ask.
#ifndef RETORT_DIALECTS_ONNX_MEANING_H
#define RETORT_DIALECTS_ONNX_MEANING_H

#include "dialects/Onnx/Families.h"

namespace retort::onnx {

/// nullopt where the operation does more than move elements.
inline std::optional<MovementKind> movementOf(mlir::Operation *op) {
  auto movement = llvm::dyn_cast<Movement>(op);
  return movement ? std::optional(movement.movementKind()) : std::nullopt;
}

/// nullopt where elements of results depend on several elements of an operand.
inline std::optional<ElementKind> elementKindOf(mlir::Operation *op) {
  auto elementwise = llvm::dyn_cast<Elementwise>(op);
  return elementwise ? std::optional(elementwise.elementKind()) : std::nullopt;
}

/// All elements of operand 0, in their order.
inline bool isReshape(mlir::Operation *op) { return movementOf(op) == MovementKind::Reshape; }

/// All elements of operand 0, in whatever order, once or several times.
inline bool movesAll(mlir::Operation *op) {
  auto kind = movementOf(op);
  return kind == MovementKind::Reshape || kind == MovementKind::Permute ||
         kind == MovementKind::Repeat;
}

/// The numbers of operand 0 in a type of whichever kind.
inline bool isConversion(mlir::Operation *op) {
  return elementKindOf(op) == ElementKind::Conversion;
}

/// Sizes of the operands alone are read.
inline bool asksShape(mlir::Operation *op) { return op->hasTrait<AsksShape>(); }

} // namespace retort::onnx

#endif
