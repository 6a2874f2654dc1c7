// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Operations that are attention: Attention of the standard; GroupQueryAttention, MultiHeadAttention
// and Attention of com.microsoft.
#ifndef RETORT_LIB_RECOGNIZE_FUSEDATTENTION_H
#define RETORT_LIB_RECOGNIZE_FUSEDATTENTION_H

#include "lib/Recognize/EmitAttention.h"
#include "lib/Support/Refusal.h"

#include "mlir/IR/PatternMatch.h"

#include <memory>

namespace retort {

/// One such operation: looked at while the graph is as it was, and replaced when all have been.
class FusedAttention {
public:
  virtual ~FusedAttention() = default;
  /// Why it cannot be replaced; empty where it can.
  virtual Refusal find(Samples &samples, MaskForms &forms) = 0;
  virtual void replace(mlir::IRRewriter &rewriter, Samples &samples) = 0;
  const MaskForm &masks() const { return form; }

protected:
  MaskForm form;
};

/// Null for other operations.
std::unique_ptr<FusedAttention> fusedAttention(mlir::Operation *op);

std::unique_ptr<FusedAttention> groupQueryAttention(mlir::Operation *op);
std::unique_ptr<FusedAttention> multiHeadAttention(mlir::Operation *op);
std::unique_ptr<FusedAttention> packedAttention(mlir::Operation *op);

/// batch x rows x (heads * width) as batch x heads x rows x width; four axes stay.
mlir::Value splitHeads(OnnxBuilder &b, mlir::Value rows, int64_t heads);
/// The inverse.
mlir::Value joinHeads(OnnxBuilder &b, mlir::Value heads);
/// The scale of scores in com.microsoft, for heads of this width: 0, too, stands for the default.
double scaleOf(std::optional<float> given, int64_t width);
/// What an operation returns of its keys and values, where it does, becomes what `attention`
/// returns.
void replaceState(mlir::IRRewriter &rewriter, llm::AttentionOp attention, mlir::Value presentKey,
                  mlir::Value presentValue);
/// The last axis of a value; nullopt where it is not known.
std::optional<int64_t> lastSize(mlir::Value value);
/// Whether somebody reads the value.
inline bool isUsed(mlir::Value value) { return value && !value.use_empty(); }

} // namespace retort

#endif
