// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which files a compilation reads and writes.
#ifndef RETORT_LIB_PIPELINE_PLANFILES_H
#define RETORT_LIB_PIPELINE_PLANFILES_H

#include "lib/Pipeline/CompileOptions.h"

namespace retort {

/// Adds a model that is read, with all its files; `what` names it: `the model`.
void planModel(FilePlan &files, llvm::StringRef path, llvm::StringRef what);

/// An error where what the options, and `options.files`, ask to be written would replace a file
/// that is read, or cannot be written. Asked before any work.
llvm::Error checkFiles(llvm::StringRef model, const CompileOptions &options);

} // namespace retort

#endif
