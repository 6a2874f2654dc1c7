// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How long a text a graph takes, as far as its sizes tell.
#ifndef RETORT_LIB_ANALYSIS_TEXTLIMIT_H
#define RETORT_LIB_ANALYSIS_TEXTLIMIT_H

#include "lib/Analysis/Samples.h"

#include "mlir/IR/BuiltinOps.h"

namespace retort {

/// On a module whose rotary embeddings were extended: the tokens of a text that it is for (i64).
inline constexpr llvm::StringLiteral extendedLengthAttr = "llm.extended_length";

/// Whether tables and fixed sizes of a function that takes short texts leave room for so many
/// tokens.
bool takesLength(Samples &samples, int64_t tokens);

/// The same of the functions of a module.
bool takesLength(mlir::ModuleOp module, int64_t tokens);

} // namespace retort

#endif
