// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Attention that is written out: products around a softmax.
#ifndef RETORT_LIB_RECOGNIZE_WRITTENATTENTION_H
#define RETORT_LIB_RECOGNIZE_WRITTENATTENTION_H

#include "lib/Recognize/HeadsView.h"
#include "lib/Recognize/MaskForm.h"

#include "mlir/IR/PatternMatch.h"

namespace retort {

struct WrittenAttention {
  ScorePath scores;
  ValuePath values;
  HeadsView query, key, value;
  MaskForm masks;
  /// Sizes of the leading axes of the result, at the sample that was looked at.
  llvm::SmallVector<int64_t> leadingSizes;
  bool isSquare = false, hasFixedHeads = true;
  /// Key and value are concatenations of a past with the new rows.
  bool hasPast = false;
  /// Whether this is attention at all; `why` says why it is not recognized.
  bool isAttention = false;
  Refusal why;
};

WrittenAttention findAttention(mlir::Operation *softmax, Samples &samples, MaskForms &masks);

/// Puts llm.attention in place of the product with the values. What it was made of stays, for
/// whoever else uses it.
mlir::Operation *replaceAttention(const WrittenAttention &attention, mlir::IRRewriter &rewriter,
                                  Samples &samples);

} // namespace retort

#endif
