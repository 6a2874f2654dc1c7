// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the parts of the import share. Model.cpp, Graph.cpp, Node.cpp and Attribute.cpp each import
// the message of their name; none looks into another's.
#ifndef RETORT_LIB_IMPORT_IMPORTER_H
#define RETORT_LIB_IMPORT_IMPORTER_H

#include "lib/Import/Tensor.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

namespace retort {

struct AttributeForm;

/// The names that a graph defines, within those of the graphs around it.
struct Scope {
  const Scope *outer = nullptr;
  llvm::StringMap<mlir::Value> values;
  llvm::StringMap<mlir::Type> types;

  mlir::Value find(llvm::StringRef name) const {
    if (mlir::Value value = values.lookup(name))
      return value;
    return outer ? outer->find(name) : mlir::Value();
  }
};

/// A GraphProto, its fields apart.
struct GraphParts {
  llvm::SmallVector<llvm::StringRef> nodes, initializers, sparseInitializers;
  llvm::SmallVector<mlir::NamedAttribute> fields;
};

/// A NodeProto, its fields apart; absent strings are null.
struct NodeParts {
  llvm::SmallVector<llvm::StringRef> inputs, outputs, attributes;
  mlir::StringAttr opType, domain, name;
  llvm::SmallVector<mlir::NamedAttribute> rest;
};

/// Where an attribute is imported to: the node that will have it, and what its graphs may read.
struct NodeSite {
  std::string label;
  mlir::OperationState &state;
  Scope &scope;
  unsigned depth;
};

/// Imports one file. What fails reports one error, which names the file, and leaves nothing behind.
class Importer {
public:
  /// `owner` keeps the bytes that are imported where they are; data outside of them lie below
  /// `folder`.
  Importer(mlir::MLIRContext *context, llvm::StringRef path, std::shared_ptr<void> owner,
           std::string folder);

  mlir::OwningOpRef<mlir::ModuleOp> importModel(llvm::StringRef bytes);
  /// Encoded NodeProtos, in any order, become operations in front of `before`.
  mlir::LogicalResult importNodes(llvm::ArrayRef<llvm::StringRef> nodes, mlir::Operation *before,
                                  Scope &scope);

private:
  using Visit = llvm::function_ref<mlir::LogicalResult(llvm::StringRef, const onnx::WireField &)>;

  mlir::LogicalResult fail(const llvm::Twine &text);
  mlir::LogicalResult failMalformed(llvm::StringRef what);
  /// Visits the fields of a message in their order, with an empty name where the table has none.
  /// `what` names the message where it is malformed.
  mlir::LogicalResult forEachField(onnx::MessageKind kind, llvm::StringRef bytes,
                                   llvm::StringRef what, Visit visit);
  /// Appends the field as it is.
  mlir::LogicalResult keepField(onnx::MessageKind kind, const onnx::WireField &wire,
                                llvm::StringRef what,
                                llvm::SmallVectorImpl<mlir::NamedAttribute> &fields);

  mlir::LogicalResult importMain(mlir::ModuleOp module, llvm::StringRef bytes);

  mlir::FailureOr<GraphParts> splitGraph(llvm::StringRef bytes);
  mlir::LogicalResult importBody(GraphParts &parts, mlir::Block *block, Scope &scope,
                                 llvm::SmallVectorImpl<mlir::Value> &outputs, unsigned depth);
  mlir::LogicalResult importConstants(GraphParts &parts, Scope &scope);
  mlir::LogicalResult importSparse(llvm::StringRef bytes, Scope &scope);
  mlir::LogicalResult define(Scope &scope, llvm::StringRef name, mlir::Value value);

  mlir::LogicalResult readNode(llvm::StringRef bytes, NodeParts &parts);
  mlir::LogicalResult importNode(llvm::StringRef bytes, Scope &scope, unsigned depth);
  mlir::LogicalResult addOperands(llvm::ArrayRef<llvm::StringRef> inputs, const NodeSite &site,
                                  llvm::SmallVectorImpl<int64_t> &omitted);

  mlir::FailureOr<onnx::AttributeAttr> importAttribute(llvm::StringRef bytes, const NodeSite &site);
  mlir::FailureOr<mlir::Attribute> importValue(const AttributeForm &form,
                                               llvm::ArrayRef<onnx::WireField> data,
                                               llvm::StringRef name, const NodeSite &site,
                                               onnx::MessageAttr &content);
  mlir::FailureOr<mlir::Attribute> importList(const AttributeForm &form,
                                              llvm::ArrayRef<onnx::WireField> data);
  mlir::FailureOr<mlir::Attribute> importGraph(llvm::StringRef bytes, const NodeSite &site,
                                               onnx::MessageAttr &content);

  mlir::MLIRContext *context;
  mlir::OpBuilder builder;
  std::string path;
  TensorImporter tensors;
  mlir::Location place;
};

} // namespace retort

#endif
