// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Of which tokenizer the tokens of a model are, where a user has said so.
#ifndef RETORT_DIALECTS_RETORT_MODELTOKENIZER_H
#define RETORT_DIALECTS_RETORT_MODELTOKENIZER_H

#include "dialects/Retort/Names.h"

#include "mlir/IR/BuiltinOps.h"

namespace retort {

/// The hash of its vocabulary, as text::hashOfVocabulary computes it; 0: not known.
inline uint64_t tokenizerOf(mlir::ModuleOp model) {
  auto hash = model->getAttrOfType<mlir::IntegerAttr>(names::tokenizer);
  return hash ? uint64_t(hash.getInt()) : 0;
}

} // namespace retort

#endif
