// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Operations of the llm dialect in ONNX's, for export. Each puts its results in the place of the
// operation's.
#ifndef RETORT_LIB_EXPORT_EXPANDLLM_H
#define RETORT_LIB_EXPORT_EXPANDLLM_H

#include "dialects/Llm/Llm.h"
#include "dialects/Onnx/Onnx.h"

#include "mlir/IR/PatternMatch.h"

namespace retort {

/// Fails, after a diagnostic, where the number of heads is not known.
llvm::LogicalResult expandAttention(mlir::IRRewriter &rewriter, llm::AttentionOp op);
void expandRope(mlir::IRRewriter &rewriter, llm::RopeOp op);
/// What retention is written in: LinearAttention of ONNX, or that of com.microsoft, which an older
/// opset and runtime have, too; or products and powers of the decay.
enum class RetentionOperators { Standard, Contrib, Expanded };
/// Fails, after a diagnostic, where sizes of heads are not known, or the expanded form asks for a
/// constant decay.
llvm::LogicalResult expandRetention(mlir::IRRewriter &rewriter, llm::RetentionOp op,
                                    RetentionOperators operators);
/// With RMSNormalization, where the model's opset has it.
void expandRmsNorm(mlir::IRRewriter &rewriter, llm::RmsNormOp op, bool fused);
/// Rows of a cache, by ScatterElements.
void expandTensorScatter(mlir::IRRewriter &rewriter, onnx::TensorScatterOp op);

} // namespace retort

#endif
