// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Takes whole attentions out of the residual stream.
#ifndef RETORT_LIB_COMPRESS_REPLACEATTENTIONBYRETENTION_REMOVEATTENTION_H
#define RETORT_LIB_COMPRESS_REPLACEATTENTIONBYRETENTION_REMOVEATTENTION_H

#include "dialects/Llm/Llm.h"
#include "lib/Compress/DropLayers/SegmentRemoval.h"

namespace retort {

/// The part of the stream that an attention is all of. Fails where it is not, or must stay.
llvm::FailureOr<SegmentRemoval> removalOf(llm::AttentionOp op, mlir::func::FuncOp function);

/// Removes them, and what nothing reads any more.
void removeAttentions(mlir::func::FuncOp function, llvm::ArrayRef<llm::AttentionOp> attentions);

} // namespace retort

#endif
