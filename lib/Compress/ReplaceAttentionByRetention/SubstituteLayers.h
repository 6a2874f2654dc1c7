// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Chooses what stands in the place of attentions, writes it, and says so.
#ifndef RETORT_LIB_COMPRESS_REPLACEATTENTIONBYRETENTION_SUBSTITUTELAYERS_H
#define RETORT_LIB_COMPRESS_REPLACEATTENTIONBYRETENTION_SUBSTITUTELAYERS_H

#include "lib/Compress/ReplaceAttentionByRetention/ChooseSubstitutes.h"

namespace retort {

/// In the function `main`, by the statistics of the module. An error stands at the module or an
/// attention.
llvm::LogicalResult substituteLayers(mlir::ModuleOp module, llvm::StringRef method,
                                     const SubstitutionGoal &goal);

} // namespace retort

#endif
