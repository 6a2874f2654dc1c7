// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Takes whole attentions out of the residual stream.
#include "lib/Compress/ReplaceAttentionByRetention/RemoveAttention.h"

using namespace mlir;
using namespace retort;

FailureOr<SegmentRemoval> retort::removalOf(llm::AttentionOp op, func::FuncOp function) {
  onnx::SymbolicDims dims(function);
  for (const ResidualSegment &segment : residualSegments(function)) {
    if (!segment.operations.contains(op))
      continue;
    auto count = llvm::count_if(segment.operations,
                                [](Operation *each) { return isa<llm::AttentionOp>(each); });
    SegmentRemoval removal(segment);
    if (segment.branches == 1 && count == 1 && removal.whyNot(dims).empty())
      return removal;
  }
  return failure();
}

void retort::removeAttentions(func::FuncOp function, ArrayRef<llm::AttentionOp> attentions) {
  std::vector<SegmentRemoval> removals;
  for (llm::AttentionOp op : attentions)
    removals.push_back(*removalOf(op, function));
  IRRewriter rewriter(function.getContext());
  // The last first: what stands before it is read until then.
  for (SegmentRemoval &removal : llvm::reverse(removals))
    removal.bypass(rewriter);
  eraseBypassed(rewriter, function, removals);
}
