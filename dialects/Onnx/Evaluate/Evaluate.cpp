// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Dispatch to the evaluator of an operation.
#include "dialects/Onnx/Evaluate/Evaluate.h"

#include "dialects/Onnx/Schema/TypedOp.h"

#include "mlir/IR/BuiltinTypes.h"

using namespace mlir;
using namespace retort;

onnx::Evaluated onnx::evaluate(Operation *op, ArrayRef<Tensor> inputs) {
  auto evaluation = dyn_cast<Evaluation>(op);
  if (!evaluation)
    return failure();
  for (auto [slot, tensor] : llvm::zip(operandSlots(op), inputs))
    if (slot && !tensor)
      return failure();
  return evaluation.evaluate(inputs);
}
