// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How operations that a plugin brings hand on gradients.
#ifndef RETORT_RETORT_DIFFERENTIABLE
#define RETORT_RETORT_DIFFERENTIABLE

include "mlir/IR/Interfaces.td"
include "mlir/IR/OpBase.td"

def Retort_Differentiable : OpInterface<"Differentiable"> {
  let cppNamespace = "::retort";
  let description = [{
    Operations that know the gradients of their operands, given those of their results: reverse mode. Retort's own
    operations have their rules beside the pass `derive-gradient` (lib/Differentiate/Rules).
  }];
  let methods = [InterfaceMethod<[{
      Adds the gradient of each operand that `backward` wants, in operations of its builder. Shapes are static where it
      is asked. Fails after a diagnostic, or after a refusal.
    }], "::llvm::LogicalResult", "backward", (ins "::retort::Backward &":$backward)>];
}

#endif
