// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Takes segments out of the residual stream.
#ifndef RETORT_LIB_COMPRESS_DROPLAYERS_SEGMENTREMOVAL_H
#define RETORT_LIB_COMPRESS_DROPLAYERS_SEGMENTREMOVAL_H

#include "dialects/Onnx/Shape/SymbolicDims.h"
#include "lib/Analysis/ResidualSegments.h"
#include "lib/Support/Refusal.h"

namespace retort {

/// Neighbours on the stream that go together: what is read before them takes the place of what is
/// behind them.
class SegmentRemoval {
public:
  SegmentRemoval(llvm::ArrayRef<ResidualSegment> segments);

  /// Why they must stay; empty where they may go.
  Refusal whyNot(onnx::SymbolicDims &dims) const;
  /// Whether an operation is one of theirs.
  bool contains(mlir::Operation *op) const { return operations.contains(op); }
  /// Lets the stream pass by. Operations stay until nothing reads them.
  void bypass(mlir::RewriterBase &rewriter);

private:
  bool isOwn(mlir::Value value) const;
  bool becomesState(mlir::OpOperand &use) const;

  mlir::Value before, behind;
  llvm::SetVector<mlir::Operation *> operations;
};

/// Inputs and outputs that went, by their names.
struct RemovedStates {
  std::vector<std::string> inputs, outputs;
};

/// Erases what nothing reads any more, behind bypassed segments; states that only these kept are no
/// inputs and outputs any more.
RemovedStates eraseBypassed(mlir::RewriterBase &rewriter, mlir::func::FuncOp function,
                            llvm::ArrayRef<SegmentRemoval> removals);

} // namespace retort

#endif
