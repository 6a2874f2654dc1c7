// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The reference evaluator: the results of one operation from the elements of its operands. Folding,
// recognition by value and tests stand on it.
#ifndef RETORT_DIALECTS_ONNX_EVALUATE_EVALUATE_H
#define RETORT_DIALECTS_ONNX_EVALUATE_EVALUATE_H

#include "dialects/Onnx/Families.h"

namespace retort::onnx {

/// `inputs` has one tensor for each operand slot (operandSlots in Schema/TypedOp.h), absent where
/// the slot is omitted. Fails where the operation has no evaluator, the operands do not fit, or a
/// result would be beyond the SizeLimit.
Evaluated evaluate(mlir::Operation *op, llvm::ArrayRef<Tensor> inputs);

} // namespace retort::onnx

#endif
