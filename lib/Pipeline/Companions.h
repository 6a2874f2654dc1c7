// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The files that lie beside a model and belong to it: how it is configured, and its tokenizer.
#ifndef RETORT_LIB_PIPELINE_COMPANIONS_H
#define RETORT_LIB_PIPELINE_COMPANIONS_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

namespace retort {

/// Copies those beside `model` to the folder of `output`, where that is another one. What is there
/// already stays.
llvm::Error copyCompanions(llvm::StringRef model, llvm::StringRef output);

} // namespace retort

#endif
