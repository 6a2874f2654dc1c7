// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Makes llm.attention of what recognition found.
#ifndef RETORT_LIB_RECOGNIZE_EMITATTENTION_H
#define RETORT_LIB_RECOGNIZE_EMITATTENTION_H

#include "dialects/Onnx/Build.h"
#include "lib/Recognize/MaskForm.h"

namespace retort {

struct AttentionParts {
  /// batch x heads x rows x width; the past likewise.
  mlir::Value query, key, value, pastKey, pastValue;
  /// As llm.attention takes them.
  mlir::Value keyLength, offset, sinks;
  MaskForm masks;
  double scale = 1;
  std::optional<double> softcap;
  /// Whether there are as many columns as rows, so that row i stands at column i without an offset.
  bool isSquare = false;
  mlir::Type resultElement;
};

/// The masks must have values that dominate the place of insertion.
llm::AttentionOp emitAttention(OnnxBuilder &b, const AttentionParts &parts, Samples &samples);

/// A tensor of batch x columns that is true (not 0) where a token is, as a mask: batch x 1 x 1 x
/// columns.
mlir::Value tokenMask(OnnxBuilder &b, mlir::Value tokens);

} // namespace retort

#endif
