// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Activations, keys and values that are rounded while a model trains.
#ifndef RETORT_LIB_COMPRESS_QUANTIZEAWARE_FAKEACTIVATIONS_H
#define RETORT_LIB_COMPRESS_QUANTIZEAWARE_FAKEACTIVATIONS_H

#include "mlir/IR/BuiltinOps.h"

namespace retort {

/// Rounds what products with these weights of a student read, with a symmetric scale for each row;
/// what several of them read, once. How many activations that are.
int64_t roundActivations(llvm::ArrayRef<mlir::Operation *> weights, int64_t bits);

/// Rounds the new keys and values of each llm.attention of a student, with a symmetric scale for
/// each token and head: those of the past were when they were new. How many attentions that are.
int64_t roundKeysAndValues(mlir::ModuleOp student, int64_t bits);

} // namespace retort

#endif
