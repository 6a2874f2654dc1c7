// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Fits what a retention has and attention has not: decays, and the weights of its norm.
#ifndef RETORT_LIB_COMPRESS_REPLACEATTENTIONBYRETENTION_FITRETENTION_H
#define RETORT_LIB_COMPRESS_REPLACEATTENTIONBYRETENTION_FITRETENTION_H

#include "lib/Compress/ReplaceAttentionByRetention/Replacement.h"
#include "lib/Train/TrainStudent.h"

namespace retort {

/// Each layer gets the queries, keys and values that the model as it is has there, and is trained
/// to give what attention makes of them; all layers at once. The loss of a row is the sum over
/// layers of |y - t|^2 / mean |t|^2 for what the retention (y) and the attention (t) give (LoLCATs,
/// 2410.10254, section 3.2: attention transfer). The weights of norms begin where that loss is
/// least. Parameters come in the order of `attentions`. Fails with an error at the module.
llvm::FailureOr<std::vector<RetentionParameters>>
fitRetention(mlir::ModuleOp module, llvm::StringRef method,
             llvm::ArrayRef<llm::AttentionOp> attentions, RetentionForm form,
             const TrainingOptions &options);

} // namespace retort

#endif
