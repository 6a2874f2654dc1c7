// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What weights were before they became codes.
#ifndef RETORT_LIB_WEIGHTS_ORIGINALWEIGHTS_H
#define RETORT_LIB_WEIGHTS_ORIGINALWEIGHTS_H

#include "lib/Support/Refusal.h"
#include "lib/Weights/LinearWeights.h"

#include "mlir/IR/OwningOpRef.h"

namespace retort {

/// Asks the module, which remembers what its own methods rounded, and then a file: an ONNX model
/// with the same weights in floats, for those that somebody else rounded.
class OriginalWeights {
public:
  /// `path` may be empty. An error at the module where the file cannot be read.
  static mlir::FailureOr<OriginalWeights> of(mlir::ModuleOp module, llvm::StringRef path);

  /// The numbers in the order of the weight's tensor; nullopt, with the reason, where nobody knows
  /// them, or the file's matrix of that name is another.
  std::optional<std::vector<float>> find(const LinearWeight &weight, Refusal &why) const;

private:
  std::optional<std::vector<float>> findInFile(const LinearWeight &weight, Refusal &why) const;

  std::string path;
  mlir::OwningOpRef<mlir::ModuleOp> file;
  llvm::StringMap<mlir::Attribute> constants; ///< of the file, by name
};

} // namespace retort

#endif
