// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Text that a model draws itself, for want of any other (data-free distillation, LLM-QAT,
// arXiv:2305.17888, section 3.1).
#ifndef RETORT_LIB_TRAINER_DRAWNTOKENS_H
#define RETORT_LIB_TRAINER_DRAWNTOKENS_H

#include "lib/Trainer/TokenSource.h"

#include "mlir/IR/BuiltinOps.h"

namespace retort {

/// What `retort generate --count=COUNT --context=LENGTH --seed=SEED -o FILE` writes of this model,
/// without a tokenizer: windows that follow from the seed and their number, whatever the number of
/// threads. The model, raised and recognized, is compiled for it, with a decode step where one can
/// be derived. `language` is what retort.language says of BOS and ends; it may be null.
llvm::Expected<std::unique_ptr<TokenSource>> drawTokens(mlir::ModuleOp model,
                                                        mlir::DictionaryAttr language,
                                                        int64_t count, int64_t length,
                                                        uint64_t seed);

} // namespace retort

#endif
