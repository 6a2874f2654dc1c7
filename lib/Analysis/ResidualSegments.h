// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The parts of a model that read the residual stream and add to it.
#ifndef RETORT_LIB_ANALYSIS_RESIDUALSEGMENTS_H
#define RETORT_LIB_ANALYSIS_RESIDUALSEGMENTS_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/SetVector.h"

#include <vector>

namespace retort {

/// behind = before + f(before), or the norm of that where `before` is a norm's result: without the
/// segment, `before` is in the place of `behind`.
///
///   %n = norm(%before) ... %y = onnx.MatMul(%h, %w), %behind = onnx.Add(%before, %y)
struct ResidualSegment {
  mlir::Value before, behind;
  /// Whether rows meet each other in it: attention, a recurrence, a convolution.
  bool mixesRows = false;
  /// Whether it mixes those of another text: cross attention.
  bool readsOthers = false;
  /// How many sums of its own it adds: attention and MLP side by side are two.
  int64_t branches = 1;
  /// What is computed of `before`, on the way to `behind`.
  llvm::SetVector<mlir::Operation *> operations;
};

/// Those of the body of a function, in its order: sums one of whose terms all others are computed
/// of, with weights in between.
std::vector<ResidualSegment> residualSegments(mlir::func::FuncOp function);

/// Segments that go together.
struct SegmentRange {
  int64_t first = 0, count = 1;
};

/// Each segment in which rows meet, with what follows it on the stream until the next one: the
/// blocks of a Transformer. Where rows meet in none, each is a block.
std::vector<SegmentRange> blocksOf(llvm::ArrayRef<ResidualSegment> segments);

/// All blocks, and all segments that are none by themselves.
std::vector<SegmentRange> rangesOf(llvm::ArrayRef<ResidualSegment> segments);

} // namespace retort

#endif
