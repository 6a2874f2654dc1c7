// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What ONNX does not say of a language model, from the files beside it.
#ifndef RETORT_LIB_PIPELINE_LANGUAGE_H
#define RETORT_LIB_PIPELINE_LANGUAGE_H

#include "mlir/IR/BuiltinOps.h"

namespace retort {

/// Writes the module attribute `retort.language`: `context` (trained length in tokens),
/// `vocabulary`, `bos`, `eos` (a list), as far as config.json, generation_config.json,
/// genai_config.json and tokenizer_config.json beside the model tell them. Entries that are there
/// already stay where no file says otherwise.
void annotateLanguage(mlir::ModuleOp module, llvm::StringRef modelPath);

} // namespace retort

#endif
