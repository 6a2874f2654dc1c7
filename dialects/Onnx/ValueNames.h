// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The names that a model gives to its values, and how they pass on when a value is computed anew.
#ifndef RETORT_DIALECTS_ONNX_VALUENAMES_H
#define RETORT_DIALECTS_ONNX_VALUENAMES_H

#include "mlir/IR/PatternMatch.h"
#include "mlir/IR/Value.h"

namespace retort::onnx {

/// On a constant that was computed from others: their names.
inline constexpr llvm::StringLiteral sourcesKey = "onnx.sources";

/// The name of a value in the file: that of a constant, of a node's output, of an argument of a
/// function. Empty where the file has no such value.
llvm::StringRef valueName(mlir::Value value);

/// Calls a value that an operation without a name of its own computes.
void setValueName(mlir::Value value, llvm::StringRef name);

/// Lets `by` have the name of `from`, whose place it takes. What has a name keeps it.
void inheritName(mlir::Value from, mlir::Value by);

/// All uses of `from` read `by`, which has its name from then on.
void replaceValue(mlir::RewriterBase &rewriter, mlir::Value from, mlir::Value by);

} // namespace retort::onnx

#endif
