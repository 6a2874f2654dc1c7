// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A node of a graph at some opset, apart from the operation that holds it: what the adapters
// between opsets rewrite, and what is checked against a schema.
#ifndef RETORT_LIB_RAISE_NODEFORM_H
#define RETORT_LIB_RAISE_NODEFORM_H

#include "dialects/Onnx/Schema/Schema.h"
#include "lib/Support/Refusal.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Value.h"

#include <functional>

namespace retort {

struct NodeForm {
  explicit NodeForm(mlir::MLIRContext *context) : context(context) {}

  /// Knows the operators that dialects bring.
  mlir::MLIRContext *context;
  std::string domain, name;
  /// Null where an input is omitted.
  llvm::SmallVector<mlir::Value> inputs;
  /// Null where an output is omitted.
  llvm::SmallVector<mlir::Type> outputs;
  /// In the order of the file; without graphs.
  llvm::SmallVector<mlir::NamedAttribute> attributes;
  /// The names of the graph attributes.
  llvm::SmallVector<std::string> graphs;
  /// Where one operation does not say all of it: builds what stands behind the operation that the
  /// form became, and gives what takes the place of each output that is there.
  std::function<llvm::SmallVector<mlir::Value>(mlir::Operation *, mlir::OpBuilder &)> behind;

  mlir::Value input(unsigned index) const {
    return index < inputs.size() ? inputs[index] : mlir::Value();
  }
  /// Sets an input, with omitted ones before it where they are missing.
  void setInput(unsigned index, mlir::Value value);
  /// Omits an input, and does not write it where it is the last.
  void removeInput(unsigned index);

  mlir::Attribute attribute(llvm::StringRef name) const;
  void setAttribute(llvm::StringRef name, mlir::Attribute value);
  mlir::Attribute takeAttribute(llvm::StringRef name);
};

/// Why the node is not valid under the schema: arity, unknown, missing or mistyped attributes,
/// types of the operands.
Refusal whyInvalid(const NodeForm &form, const onnx::Schema &schema);

} // namespace retort

#endif
