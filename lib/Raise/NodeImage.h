// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a file says of a node beside its meaning: names, documentation, the order of attributes. A
// typed operation keeps it in discardable attributes, so that the way back is exact; a pass that
// drops them loses names, not meaning.
#ifndef RETORT_LIB_RAISE_NODEIMAGE_H
#define RETORT_LIB_RAISE_NODEIMAGE_H

#include "lib/Raise/NodeForm.h"

#include "dialects/Onnx/Onnx.h"

namespace retort {

struct NodeImage {
  /// Null where the file does not write them.
  mlir::StringAttr name, domain;
  /// The names of all outputs, empty for omitted ones; null for an operation that no file names.
  mlir::ArrayAttr outputs;
  /// The names of all attributes, graphs included, in the order of the file.
  mlir::ArrayAttr order;
  /// An #onnx.attribute without its value for each that says more than a name and a value.
  mlir::ArrayAttr details;
  onnx::MessageAttr rest;

  static NodeImage of(onnx::NodeOp node);
  static NodeImage keptBy(mlir::Operation *typed);
  void keepOn(mlir::Operation *typed) const;
};

/// Reads a node; refuses attributes of kinds that typed operations do not have.
Refusal readNode(onnx::NodeOp node, NodeForm &form);

/// Creates the node of a form, valid under `schema`, with the image that the file had. Attributes
/// that adapters added are left out where they say what the schema's default says. The node takes
/// the regions named by the form's graphs.
onnx::NodeOp writeNode(const NodeForm &form, const onnx::Schema *schema, const NodeImage &image,
                       mlir::MutableArrayRef<mlir::Region> regions, mlir::Location location,
                       mlir::OpBuilder &builder);

/// Discardable attribute of a node that was not raised: why.
inline constexpr llvm::StringLiteral refusedNode = "onnx.refused";

/// Copies the discardable attributes that are no part of an image: those that passes left.
void copyRemarks(mlir::Operation *from, mlir::Operation *to);

} // namespace retort

#endif
