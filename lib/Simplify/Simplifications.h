// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The parts of the pass `simplify`. Each looks at one operation, and returns the values that take
// the place of its results, or none.
#ifndef RETORT_LIB_SIMPLIFY_SIMPLIFICATIONS_H
#define RETORT_LIB_SIMPLIFY_SIMPLIFICATIONS_H

#include "dialects/Onnx/Shape/SymbolicDims.h"

#include "mlir/IR/PatternMatch.h"

namespace retort {

using Replacement = std::optional<llvm::SmallVector<mlir::Value>>;

struct FoldLimits {
  /// What a result may take that is larger than its operands.
  int64_t maxBytes;
  /// Whether weights are not spared: expressions of them, and those with several users.
  bool foldWeights;
};

/// Constants from constants; integers that follow from sizes.
Replacement foldConstants(mlir::RewriterBase &rewriter, mlir::Operation *op,
                          onnx::SymbolicDims &dims, FoldLimits limits);
/// An operand, where the operation hands it over as it is.
Replacement removeIdentity(mlir::RewriterBase &rewriter, mlir::Operation *op,
                           onnx::SymbolicDims &dims);
/// Moves the first operation that uses a value of an If of unknown rank into both branches; the If
/// that takes its place, or null. No analysis of sizes may know the operations.
mlir::Operation *sinkIntoBranches(mlir::RewriterBase &rewriter, mlir::Operation *op);
/// The target of a Reshape as a constant, with 0 and -1 for sizes that are known at run time.
bool simplifyReshape(mlir::RewriterBase &rewriter, mlir::Operation *op, onnx::SymbolicDims &dims);

} // namespace retort

#endif
