// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The types of the results of llm operations.
#ifndef RETORT_DIALECTS_LLM_INFER_H
#define RETORT_DIALECTS_LLM_INFER_H

#include "mlir/IR/MLIRContext.h"

namespace retort::llm {

/// Gives the operations of the dialect the interface ShapeInference.
void attachShapeInference(mlir::MLIRContext &context);

} // namespace retort::llm

#endif
