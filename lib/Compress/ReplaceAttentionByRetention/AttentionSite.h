// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Where an attention stands in its layer: what it is made of, and what is made of it.
#ifndef RETORT_LIB_COMPRESS_REPLACEATTENTIONBYRETENTION_ATTENTIONSITE_H
#define RETORT_LIB_COMPRESS_REPLACEATTENTIONBYRETENTION_ATTENTIONSITE_H

#include "dialects/Llm/Llm.h"
#include "lib/Support/Refusal.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace retort {

/// q, k, v = products of `input`; `output` = heads of the attention, merged, times a constant.
struct AttentionSite {
  llm::AttentionOp op;
  mlir::Value input;        ///< B x T x C: what the values are a product of
  mlir::Value merged;       ///< B x T x HE: the heads of each row beside each other
  mlir::Operation *product; ///< of `merged` with the output projection
  mlir::Value weight;       ///< the constant, HE x N, of `product`

  mlir::Value output() const { return product->getResult(0); }
  int64_t heads() const { return dim(llm::AttentionOp(op).getQuery(), 1); }
  int64_t groups() const { return dim(llm::AttentionOp(op).getKey(), 1); }
  int64_t keyWidth() const { return dim(llm::AttentionOp(op).getKey(), 3); }
  int64_t valueWidth() const { return dim(llm::AttentionOp(op).getValue(), 3); }
  int64_t inputs() const { return dim(input, 2); }
  int64_t outputs() const { return dim(output(), 2); }
  /// Bytes that a decode step keeps of one token, in f32.
  int64_t bytesOfToken() const { return 4 * groups() * (keyWidth() + valueWidth()); }

  /// What a refusal of layers that are fitted says stands there as well.
  static llvm::FailureOr<AttentionSite> of(llm::AttentionOp op, Refusal &refusal);

private:
  static int64_t dim(mlir::Value value, unsigned axis) {
    return mlir::cast<mlir::RankedTensorType>(value.getType()).getDimSize(axis);
  }
};

/// Of a function, in its order.
llvm::SmallVector<llm::AttentionOp> attentionsOf(mlir::func::FuncOp function);

/// What speaks against another operation in the place of an attention, fitted or not; empty if
/// nothing does.
std::string whyNotReplaced(llm::AttentionOp op);

} // namespace retort

#endif
