// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef RETORT_SIMPLIFY_SIMPLIFY
#define RETORT_SIMPLIFY_SIMPLIFY

include "mlir/Pass/PassBase.td"

def SimplifyPass : Pass<"simplify", "::mlir::ModuleOp"> {
  let summary = "Fold constants and remove operations that do nothing";
  let description = [{
    Computes what depends on constants alone, through the weight helper; replaces integer tensors whose elements follow
    from static sizes; removes operations that hand an operand over as it is (shapes are compared as symbols); takes the
    branch of an If whose condition is known; moves what uses a value of an If into its branches where these give it different
    ranks, until they agree; merges equal operations and drops dead ones. Repeats until nothing changes.

    A compressed weight is an expression, and stays one: DequantizeLinear and products of two weights are not folded. A
    result larger than `max-bytes` is folded only if it is no larger than the operands that it takes the place of; a
    weight with other users is not copied.

    {{example test/Simplify/simplify.mlir}}
  }];
  let options = [
    Option<"maxBytes", "max-bytes", "int64_t", /*default=*/"1048576",
           "Largest constant, in bytes, that may be made of smaller ones">,
    Option<"foldConstants", "fold-constants", "bool", /*default=*/"true", "Compute what depends on constants alone">,
    Option<"foldWeights", "fold-weights", "bool", /*default=*/"false",
           "Compute compressed weights too, and copy weights that have other users: evaluates a graph of constants">
  ];
  let dependentDialects = ["::retort::onnx::OnnxDialect"];
}

#endif
