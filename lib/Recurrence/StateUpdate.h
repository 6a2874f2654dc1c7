// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Updates of a state that are a rule of llm.retention, one row at a time.
#ifndef RETORT_LIB_RECURRENCE_STATEUPDATE_H
#define RETORT_LIB_RECURRENCE_STATEUPDATE_H

#include "dialects/Llm/Llm.h"
#include "lib/Support/Refusal.h"

namespace retort {

/// Replaces the update of `before` to `after`, and its read, by an llm.retention of one row; else
/// says why not. `isNextOnly`: whether a use of `after` only hands it on.
///
///   after = exp(g) * before + k v',  read = q' after  or  q' (before + u k v')
///
/// however products, broadcasts and the axes of keys and values are written. The state's own axes
/// stay: transpositions and reshapes in front of the retention and behind it make its own of them.
llvm::FailureOr<llm::RetentionOp>
replaceUpdate(mlir::Value before, mlir::Value after,
              llvm::function_ref<bool(mlir::OpOperand &)> isNextOnly, Refusal &why);

/// That of a state which is computed without itself.
inline constexpr llvm::StringLiteral noUpdate = "it does not depend on itself";

} // namespace retort

#endif
