// What the vector units of the target hold.
#ifndef RETORT_LIB_CODEGEN_VECTORTARGET_H
#define RETORT_LIB_CODEGEN_VECTORTARGET_H

#include "mlir/Support/LLVM.h"

namespace retort {

struct VectorTarget {
  int64_t lanes;     // f32 in a vector register
  int64_t registers; // vector registers

  /// Rows of a tile of two vectors of columns: its sums leave registers for a row of both operands.
  int64_t tileRows() const { return registers == 32 ? 12 : 6; }
};

/// Of a CPU that LLVM knows, or of this machine (`native`); the smallest where LLVM does not know
/// it.
VectorTarget vectorTargetFor(llvm::StringRef cpu);

} // namespace retort

#endif
