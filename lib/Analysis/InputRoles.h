// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the inputs of a model's graph mean: found by what the graph does with them; names decide
// only where the graph does not.
#ifndef RETORT_LIB_ANALYSIS_INPUTROLES_H
#define RETORT_LIB_ANALYSIS_INPUTROLES_H

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace retort {

enum class InputRole {
  Tokens,     ///< ids that look up the table of embeddings
  Embeddings, ///< rows of the model's width, in place of tokens
  State,      ///< what a former call left: keys, values, convolution or recurrent states
  Positions,  ///< one position for each new token
  TokenTypes, ///< ids of a small table: segments
  Mask,       ///< which columns count: 1 or true where a token is
  Length,     ///< a number of rows, for the whole batch or each part of it
  Start,      ///< how many rows came before, for the whole batch or each part of it
  Default,    ///< what a caller may leave out: nobody knows what it holds
};

llvm::StringRef nameOf(InputRole role);

/// Whether values of this role change with the text: the tokens, what former calls made of them, and
/// what is not known.
bool carriesText(InputRole role);

/// One role for each argument.
llvm::SmallVector<InputRole> findInputRoles(mlir::func::FuncOp function);

/// The name that the model gives the argument; empty where it gives none.
llvm::StringRef inputName(mlir::BlockArgument argument);

} // namespace retort

#endif
