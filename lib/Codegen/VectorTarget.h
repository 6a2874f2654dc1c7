// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the vector units of the target hold.
#ifndef RETORT_LIB_CODEGEN_VECTORTARGET_H
#define RETORT_LIB_CODEGEN_VECTORTARGET_H

#include "mlir/IR/BuiltinOps.h"

namespace retort {

struct VectorTarget {
  int64_t lanes;     // f32 in a vector register
  int64_t registers; // vector registers

  /// Rows of a tile of two vectors of columns: its sums leave registers for a row of both operands.
  int64_t tileRows() const { return registers == 32 ? 12 : 6; }
};

/// Of the module's target; where it says none, of `cpu`, which LLVM knows, or of this machine
/// (`native`). Fails after a diagnostic.
llvm::FailureOr<VectorTarget> vectorTargetFor(mlir::ModuleOp module, llvm::StringRef cpu);

} // namespace retort

#endif
