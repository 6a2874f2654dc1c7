// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Split and Slice of an axis that becomes shorter.
#ifndef RETORT_LIB_COMPRESS_PRUNESTRUCTURED_SLICEDPARTS_H
#define RETORT_LIB_COMPRESS_PRUNESTRUCTURED_SLICEDPARTS_H

#include "lib/Compress/PruneStructured/UnitAxis.h"

#include "mlir/IR/Value.h"

namespace retort {

/// Where along an axis of the operand a result of Split or Slice begins: 0 where it has all of the
/// axis; nullopt where that is not known, or where it does not take neighbours.
std::optional<int64_t> beginOfPart(mlir::OpResult part, int64_t axis);

/// Lets the operation name the places, and sizes, that are left of an axis. Types are those before.
void resizeParts(mlir::Operation *op, const UnitAxis &whole, llvm::ArrayRef<char> stays);

} // namespace retort

#endif
