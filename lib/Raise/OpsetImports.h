// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The opsets that a model imports: entries of the module's attribute onnx.model.
#ifndef RETORT_LIB_RAISE_OPSETIMPORTS_H
#define RETORT_LIB_RAISE_OPSETIMPORTS_H

#include "dialects/Onnx/Onnx.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/StringMap.h"

namespace retort {

class OpsetImports {
public:
  explicit OpsetImports(mlir::ModuleOp module);
  /// Of a ModelProto or FunctionProto; null of none.
  explicit OpsetImports(onnx::MessageAttr file);

  bool imports(llvm::StringRef domain) const;

  /// The version that the model imports of a domain. Where it names none: 1 of the standard, as
  /// ONNX says, and the newest of any other. A module that was no file is at the newest.
  int64_t version(llvm::StringRef domain) const;
  void set(llvm::StringRef domain, int64_t version) { versions[domain] = version; }

  /// Writes the versions into the module's entries, and adds those that it lacks. Where one
  /// changes, the version of the file format becomes what they need.
  void write(mlir::ModuleOp module) const;

private:
  void raiseIrVersion(llvm::SmallVectorImpl<mlir::NamedAttribute> &fields,
                      mlir::Builder &builder) const;

  /// By the plain name of the domain.
  llvm::StringMap<int64_t> versions;
  bool isFile;
  /// Knows the operators that dialects bring; null where only the standard's matter.
  mlir::MLIRContext *context = nullptr;
};

} // namespace retort

#endif
