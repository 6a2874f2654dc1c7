// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Pipelines of passes as text.
#ifndef RETORT_LIB_PIPELINE_PASSTEXT_H
#define RETORT_LIB_PIPELINE_PASSTEXT_H

#include "mlir/Pass/PassManager.h"
#include "llvm/Support/Error.h"

namespace retort {

/// Appends the passes of `text` (MLIR's syntax; may be empty). The error is one line behind
/// `source`.
llvm::Error addPasses(mlir::OpPassManager &pm, llvm::StringRef text, const llvm::Twine &source);

} // namespace retort

#endif
