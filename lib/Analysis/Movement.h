// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Values that are another value's elements, moved: what stands between a projection and the product
// of an attention.
#ifndef RETORT_LIB_ANALYSIS_MOVEMENT_H
#define RETORT_LIB_ANALYSIS_MOVEMENT_H

#include "lib/Analysis/Samples.h"

namespace retort {

/// A value from which another one is made by moving, repeating and scaling elements.
struct Source {
  mlir::Value value;
  double scale = 1;
  /// From `value` to the other, in that order.
  llvm::SmallVector<mlir::Operation *> operations;
};

/// The value itself and everything behind it, as far as operations move elements of one hot
/// operand: Reshape, Transpose, Expand, Tile, Gather, Concat of the same, widening casts, products
/// with numbers. Nearest first.
llvm::SmallVector<Source> sourcesOf(mlir::Value value, Samples &samples);

/// Which element of the source each element of the value is, as an integer tensor of the value's
/// shape; fails where an operation cannot be evaluated at these sizes.
llvm::FailureOr<onnx::Tensor> originOf(const Source &source, Samples &samples, Sample sample);

} // namespace retort

#endif
