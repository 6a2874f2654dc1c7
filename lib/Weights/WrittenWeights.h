// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What weights take in a module that is about to be written.
#ifndef RETORT_LIB_WEIGHTS_WRITTENWEIGHTS_H
#define RETORT_LIB_WEIGHTS_WRITTENWEIGHTS_H

#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/StringMap.h"

#include <optional>

namespace retort {

/// Of a module of onnx.node, whose constants are initializers.
class WrittenWeights {
public:
  explicit WrittenWeights(mlir::ModuleOp module);

  /// Of all initializers, each once.
  uint64_t bytes() const { return all; }
  /// Of those that the value of this name is made of; nullopt where there is none, or where it is
  /// made of something else.
  std::optional<uint64_t> bytesOf(llvm::StringRef name) const;

private:
  llvm::StringMap<mlir::Value> values;
  uint64_t all = 0;
};

} // namespace retort

#endif
