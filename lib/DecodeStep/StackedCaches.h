// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Caches that hold keys and values in one tensor, 2 x B x G x P x D.
#ifndef RETORT_LIB_DECODESTEP_STACKEDCACHES_H
#define RETORT_LIB_DECODESTEP_STACKEDCACHES_H

#include "lib/DecodeStep/CacheForms.h"

namespace retort {

/// The argument of five axes of which the value is one part along the first, and its place there.
struct StackedPart {
  mlir::BlockArgument stack;
  int64_t place;
};
std::optional<StackedPart> findStackedPart(mlir::Value value);

/// Gives an attention whose past is two parts of an argument arguments for each:
///   llm.attention(... past onnx.Squeeze(onnx.Slice(%stack, 0)), ...)  ->  llm.attention(... past
///   %keys, %values)
void readPartsOfStack(llm::AttentionOp op, CacheForms &forms);

/// Whether `next` holds what the attention hands on, in the place that `rows` was taken from.
bool holdsNextOf(mlir::Value next, const BufferRows &rows);

} // namespace retort

#endif
