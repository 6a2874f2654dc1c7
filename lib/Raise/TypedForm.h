// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Typed operations from nodes at the canonical opset, and back: by the table of schemas, for all
// operations alike.
#ifndef RETORT_LIB_RAISE_TYPEDFORM_H
#define RETORT_LIB_RAISE_TYPEDFORM_H

#include "lib/Raise/NodeForm.h"

namespace retort {

/// Discardable attributes: how many inputs and outputs the file lists, where trailing ones are
/// omitted.
inline constexpr llvm::StringLiteral inputCount = "onnx.input_count",
                                     outputCount = "onnx.output_count";

/// Creates the typed operation of a node that is valid at the canonical opset; null where no one
/// declared it. The operation takes the regions named by the node's graphs; results that the node
/// omits have no value.
mlir::Operation *createTyped(const NodeForm &form, mlir::Location location,
                             mlir::OpBuilder &builder, mlir::MutableArrayRef<mlir::Region> regions);

/// The node that a typed operation is, at the canonical opset, its attributes in the order of the
/// alphabet.
NodeForm readTyped(mlir::Operation *op);

} // namespace retort

#endif
