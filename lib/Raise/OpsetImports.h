// The opsets that a model imports: entries of the module's attribute onnx.model.
#ifndef RETORT_LIB_RAISE_OPSETIMPORTS_H
#define RETORT_LIB_RAISE_OPSETIMPORTS_H

#include "dialects/Onnx/Onnx.h"

#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/StringMap.h"

namespace retort {

class OpsetImports {
public:
  explicit OpsetImports(mlir::ModuleOp module);

  /// The version that the model imports of a domain. Where it names none: 1 of the standard, as
  /// ONNX says, and the newest of any other. A module that was no file is at the newest.
  int64_t version(llvm::StringRef domain) const;
  void set(llvm::StringRef domain, int64_t version) { versions[domain] = version; }

  /// Writes the versions into the module's entries, and adds those that it lacks.
  void write(mlir::ModuleOp module) const;

private:
  /// By the plain name of the domain.
  llvm::StringMap<int64_t> versions;
  bool isFile;
};

} // namespace retort

#endif
