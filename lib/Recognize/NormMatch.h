// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Root mean square and layer normalization, written out in smaller operations.
#ifndef RETORT_LIB_RECOGNIZE_NORMMATCH_H
#define RETORT_LIB_RECOGNIZE_NORMMATCH_H

#include "mlir/IR/Operation.h"
#include "mlir/IR/Value.h"
#include "llvm/ADT/SmallVector.h"

#include "lib/Support/Refusal.h"

namespace retort {
namespace onnx {
class SymbolicDims;
}

/// n = a * scale / sqrt(mean(a^2) + epsilon), all along the last axis, where a = x, or x - mean(x)
/// if `centered`.
struct NormMatch {
  bool centered = false;
  double epsilon = 0, scale = 1;
  /// Operations whose results are n, each with its x: they differ where one of them reads it before
  /// it was widened.
  llvm::SmallVector<std::pair<mlir::Operation *, mlir::Value>> normalized;
};

/// What became of an operation that might be the mean square of a norm.
struct NormSearch {
  /// Whether it is the reduction of a square over the last axis from which a root is taken.
  bool isNorm = false;
  /// Holds where `why` is empty.
  NormMatch match;
  /// Why it is not recognized.
  Refusal why;
};

/// Looks at the operation as the reduction of a norm: ReduceMean, ReduceSum, ReduceSumSquare,
/// ReduceL2. What leads from there to the factor 1 / sqrt(mean + epsilon) is any chain of
/// element-wise operations with constants; it is sampled and compared with the formula, not
/// matched.
NormSearch searchNorm(mlir::Operation *reduction);

/// Whether a skip is known to have the shape of what it is added to, but for a batch that it may
/// lack or have one of. A sum would take more, and be of another shape.
bool isKnownSkip(onnx::SymbolicDims &dims, mlir::Value skip, mlir::Value input);

} // namespace retort

#endif
