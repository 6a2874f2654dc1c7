// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Scores of windows of text by a module that runs in this process.
#ifndef RETORT_LIB_RUN_TEXTSCORE_H
#define RETORT_LIB_RUN_TEXTSCORE_H

#include "lib/Replay/ModelScore.h"

namespace retort {

struct ScoresText : ScoresModels {
  using ScoresModels::ScoresModels;
  llvm::Expected<std::vector<double>> score(mlir::OwningOpRef<mlir::ModuleOp> module,
                                            llvm::StringRef tokens, int64_t length,
                                            int64_t windows) const override;
};

} // namespace retort

#endif
