// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The graph of a language model as it reads one text.
#ifndef RETORT_LIB_DECODESTEP_TEXTGRAPH_H
#define RETORT_LIB_DECODESTEP_TEXTGRAPH_H

#include "dialects/Llm/Llm.h"
#include "lib/DecodeStep/CacheForms.h"
#include "lib/Support/Refusal.h"

namespace retort {

/// What the sizes of a text graph are called: new tokens, and rows of caches.
inline constexpr llvm::StringLiteral rowsOfText = "rows of the text",
                                     rowsOfPast = "rows of the past";

/// A cache that is an input and an output: the keys or the values of one attention.
struct GraphCache {
  mlir::BlockArgument past;
  llm::AttentionOp attention;
  bool holdsKeys;
};

/// A function of tokens (1 x T) and caches alone: one text without padding. The mask holds ones,
/// and positions count from the rows of the past on; both are computed from the sizes of the other
/// inputs. It returns the logits, and then the values of the
/// assumptions and the tables of turned keys.
struct TextGraph {
  mlir::func::FuncOp function;
  mlir::BlockArgument tokens;
  llvm::SmallVector<GraphCache> caches;
  CacheForms forms;

  mlir::func::ReturnOp end() {
    return llvm::cast<mlir::func::ReturnOp>(function.getBody().front().getTerminator());
  }
  mlir::Value logits() { return end().getOperand(0); }
};

/// A copy of `graph`, that stands behind it and is called `name`, for texts of at most `context`
/// tokens. Refuses graphs with inputs that have no place in this.
llvm::FailureOr<TextGraph> specializeToText(mlir::func::FuncOp graph, llvm::StringRef name,
                                            int64_t context, Refusal &refusal);

/// Removes operations without effect whose results nobody uses.
void eraseDeadOperations(mlir::func::FuncOp function);

} // namespace retort

#endif
