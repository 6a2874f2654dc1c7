// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which share of a weight stays, and where.
#ifndef RETORT_LIB_WEIGHTS_SPARSEPATTERN_H
#define RETORT_LIB_WEIGHTS_SPARSEPATTERN_H

#include "lib/Weights/LinearWeights.h"

namespace retort {

/// n of each m inputs of an output, or, where m is 0, all but a share of the weights.
struct SparsePattern {
  double sparsity = 0;
  int64_t n = 0, m = 0;

  /// An error at the module where the options of a method are no pattern.
  llvm::LogicalResult verify(mlir::ModuleOp module) const;
  /// Why a plain weight cannot become one of this pattern; empty where it can.
  llvm::StringRef whyNot(const LinearWeight &weight) const;
};

} // namespace retort

#endif
