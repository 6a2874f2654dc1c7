// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The operators of a domain that another dialect brings: what the table of schemas is for the
// domains of ONNX. Import raises their nodes to operations of that dialect, export writes these
// back, and they are printed like typed operations.
//   %y = onnx.node "Foo"(%x) in "my.domain"   <->   %y = my.Foo(%x)
#ifndef RETORT_DIALECTS_ONNX_SCHEMA_OPERATORSET_H
#define RETORT_DIALECTS_ONNX_SCHEMA_OPERATORSET_H

#include "dialects/Onnx/Schema/Schema.h"

#include "mlir/IR/Dialect.h"
#include "mlir/IR/DialectInterface.h"

namespace retort::onnx {

/// The dialect adds one with addInterfaces<...>() when it is initialized.
class OperatorSet : public mlir::DialectInterface::Base<OperatorSet> {
public:
  explicit OperatorSet(mlir::Dialect *dialect) : Base(dialect) {}

  virtual llvm::StringRef domain() const = 0;
  /// Every version of every operator; those of one name stand together, oldest first. Operations
  /// exist at the newest.
  virtual llvm::ArrayRef<Schema> schemas() const = 0;
  /// The operation that an operator becomes: by default DIALECT.OPERATOR.
  virtual std::string operationName(llvm::StringRef name) const;

  llvm::ArrayRef<Schema> history(llvm::StringRef name) const;
  int64_t newestVersion() const;
  /// The newest schema of the operator that the operation is; null where it is none.
  const Schema *schemaOf(mlir::OperationName operation) const;
};

} // namespace retort::onnx

#endif
