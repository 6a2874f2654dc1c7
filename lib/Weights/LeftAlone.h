// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What methods left of a model as it was.
#ifndef RETORT_LIB_WEIGHTS_LEFTALONE_H
#define RETORT_LIB_WEIGHTS_LEFTALONE_H

#include "mlir/IR/BuiltinOps.h"

#include <string>
#include <vector>

namespace retort {

/// A constant that holds the same numbers before and after.
struct LeftWeight {
  std::string name;
  uint64_t bytes = 0;
  /// What it is, that no method took it.
  std::string reason;
};

struct Compression {
  /// Of all constants, each once.
  uint64_t bytesBefore = 0, bytesAfter = 0;
  /// Those before.
  uint64_t numbers = 0;
  /// Constants of more than 1,024 floating-point numbers, before.
  size_t weights = 0;
  /// Those of them that stayed.
  std::vector<LeftWeight> left;
};

Compression compareWeights(mlir::ModuleOp before, mlir::ModuleOp after);

} // namespace retort

#endif
