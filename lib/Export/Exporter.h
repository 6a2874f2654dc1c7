// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the parts of the export share. Export.cpp writes files, Graph.cpp and Node.cpp encode
// messages.
#ifndef RETORT_LIB_EXPORT_EXPORTER_H
#define RETORT_LIB_EXPORT_EXPORTER_H

#include "lib/Export/Fields.h"
#include "lib/Export/Names.h"
#include "lib/Export/Tensor.h"

#include <map>

namespace retort {

/// Encodes one module. What fails reports one error.
class Exporter {
public:
  explicit Exporter(Placement placement) : placement(std::move(placement)) {}

  /// The ModelProto; the tensors outside of it are collected in `external`.
  mlir::FailureOr<Bytes> exportModel(mlir::ModuleOp module);
  ExternalData external;

private:
  struct Default {
    mlir::StringAttr name;
    mlir::ElementsAttr value;
    onnx::MessageAttr encoding;
  };
  /// The names of arguments and results, where the function that holds the graph gives them; else
  /// `content` does.
  struct Interface {
    llvm::SmallVector<mlir::Attribute> arguments, results;
    llvm::SmallVector<mlir::ArrayAttr> argumentDims, resultDims;
    /// The initializers of inputs that have defaults, by their places among all initializers.
    std::multimap<int64_t, Default> defaults;
  };
  mlir::FailureOr<Bytes> exportGraph(mlir::Block *block, onnx::MessageAttr content,
                                     const Interface &interface, const Names *outer);
  void bindNames(mlir::Block *block, const Interface &interface, Names &names);
  mlir::LogicalResult addConstant(mlir::Operation *op, const Names &names, FieldList &fields);
  mlir::LogicalResult addDefault(mlir::Location loc, const Default &input, FieldList &fields);
  mlir::LogicalResult addConstants(mlir::Block *block, const Interface &interface,
                                   const Names &names, FieldList &fields);
  mlir::LogicalResult addNodes(mlir::Block *block, const Names &names, FieldList &fields);
  void addDescriptions(mlir::Block *block, onnx::MessageAttr content, const Interface &interface,
                       const Names &names, FieldList &fields);
  mlir::FailureOr<Bytes> exportNode(onnx::NodeOp op, const Names &names);
  mlir::FailureOr<Bytes> exportAttribute(onnx::NodeOp op, onnx::AttributeAttr attribute,
                                         unsigned &region, const Names &names);

  Placement placement;
};

} // namespace retort

#endif
