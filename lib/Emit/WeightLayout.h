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
};

/// The module's weights in order, each at a multiple of 64 bytes behind the header's page.
llvm::SmallVector<WeightPlace> layOutWeights(mlir::ModuleOp lowered);

/// The size of the header, which carries the magic "RETORTW1", the size of the file, and the id.
constexpr uint64_t weightsHeaderBytes = 4096;

} // namespace retort

#endif
