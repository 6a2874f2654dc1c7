// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Where each weight lies in the weights file.
#ifndef RETORT_LIB_EMIT_WEIGHTLAYOUT_H
#define RETORT_LIB_EMIT_WEIGHTLAYOUT_H

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinOps.h"

namespace retort {

struct WeightPlace {
  mlir::ElementsAttr value;
  uint64_t offset, bytes;
  /// Less than a line of the cache: such ones lie together.
  bool isSmall() const { return bytes < 64; }
};

/// The module's weights in order. Behind the header's page lie first the small ones, each at a
/// multiple of 16 bytes, then the others, each at a multiple of 64.
llvm::SmallVector<WeightPlace> layOutWeights(mlir::ModuleOp lowered);

/// The size of the header, which carries the magic "RETORTW1", the size of the file, and the id.
constexpr uint64_t weightsHeaderBytes = 4096;

} // namespace retort

#endif
