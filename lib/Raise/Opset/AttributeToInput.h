// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Most real changes between opsets made an attribute an input: the two directions of that.
#ifndef RETORT_LIB_RAISE_OPSET_ATTRIBUTETOINPUT_H
#define RETORT_LIB_RAISE_OPSET_ATTRIBUTETOINPUT_H

#include "lib/Raise/NodeForm.h"

namespace retort {

/// Marks a constant that an adapter made, so that the way back removes it when its last user is
/// gone.
inline constexpr llvm::StringLiteral adaptedConstant = "onnx.adapted";

/// A new onnx.Constant that holds the attribute: a vector of i64, or one float of type `element`.
mlir::Value makeConstant(mlir::Attribute attribute, mlir::OpBuilder &builder,
                         mlir::Type element = {});
mlir::Value makeAdaptedConstant(mlir::DenseElementsAttr value, mlir::OpBuilder &builder);

/// Input `index` becomes a constant with the attribute's elements; nothing happens where there is
/// no attribute.
Refusal attributeToInput(NodeForm &form, llvm::StringRef attribute, unsigned index,
                         mlir::OpBuilder &builder, mlir::Type element = {});

/// The constant at input `index` becomes an attribute: INTS, INT or FLOAT.
Refusal inputToAttribute(NodeForm &form, unsigned index, llvm::StringRef attribute,
                         onnx::AttributeKind kind);

} // namespace retort

#endif
