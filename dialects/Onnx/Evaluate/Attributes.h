// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Attributes of typed operations by name, with the default that the schema gives them.
#ifndef RETORT_DIALECTS_ONNX_EVALUATE_ATTRIBUTES_H
#define RETORT_DIALECTS_ONNX_EVALUATE_ATTRIBUTES_H

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Operation.h"

namespace retort::onnx {

inline int64_t intAttribute(mlir::Operation *op, llvm::StringRef name, int64_t otherwise) {
  auto attribute = op->getAttrOfType<mlir::IntegerAttr>(name);
  return attribute ? attribute.getInt() : otherwise;
}

inline double floatAttribute(mlir::Operation *op, llvm::StringRef name, double otherwise) {
  auto attribute = op->getAttrOfType<mlir::FloatAttr>(name);
  return attribute ? attribute.getValueAsDouble() : otherwise;
}

inline llvm::StringRef stringAttribute(mlir::Operation *op, llvm::StringRef name,
                                       llvm::StringRef otherwise) {
  auto attribute = op->getAttrOfType<mlir::StringAttr>(name);
  return attribute ? attribute.getValue() : otherwise;
}

inline std::optional<llvm::SmallVector<int64_t>> intsAttribute(mlir::Operation *op,
                                                               llvm::StringRef name) {
  auto attribute = op->getAttrOfType<mlir::DenseI64ArrayAttr>(name);
  if (!attribute)
    return std::nullopt;
  return llvm::SmallVector<int64_t>(attribute.asArrayRef());
}

/// The axis counted from the front; negative where there is no such axis.
inline int64_t frontAxis(int64_t axis, int64_t rank) {
  return axis >= rank ? -1 : axis < 0 ? axis + rank : axis;
}

} // namespace retort::onnx

#endif
