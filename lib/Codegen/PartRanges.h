// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which rounds of its loops a part of a kernel does.
#ifndef RETORT_LIB_CODEGEN_PARTRANGES_H
#define RETORT_LIB_CODEGEN_PARTRANGES_H

#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace retort {

/// A loop that may be shared.
struct SharedLoop {
  unsigned place; // in the nest, from outermost
  char kind; // as `retort.kernel` names it: 'p' over elements, 't' over tiles, 'w' over tiles of
             // a weight, 'd' of a dense one
  int64_t grain; // ranges are multiples of it
};

/// The ranges [begin, end) of the loops, of `sizes` rounds, for part `number` of `count`, which the
/// runtime makes some for each thread.
///
/// The first loop that has rounds for each thread is shared, so that kernels one after the other
/// give a thread the same rows; the others have all their rounds. Where there is a loop over a
/// weight, a thread's parts share that one: each part of the weight is read once by each thread, or
/// by one where there are few rows.
llvm::SmallVector<mlir::Value> rangesOfPart(mlir::ImplicitLocOpBuilder &b,
                                            llvm::ArrayRef<SharedLoop> loops,
                                            llvm::ArrayRef<mlir::Value> sizes, mlir::Value number,
                                            mlir::Value count);

} // namespace retort

#endif
