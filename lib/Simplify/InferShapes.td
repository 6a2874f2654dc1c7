// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef RETORT_SIMPLIFY_INFERSHAPES
#define RETORT_SIMPLIFY_INFERSHAPES

include "mlir/Pass/PassBase.td"

def InferShapesPass : Pass<"onnx-infer-shapes", "::mlir::ModuleOp"> {
  let summary = "Infer the types of all values, with symbolic sizes";
  let description = [{
    Refines the types of results from those of the operands and from constants, family by family. Sizes are polynomials
    over the sizes of the graph's inputs (two are the same where the model names them alike), and so are the contents of
    small integer tensors: what Shape reads is followed through arithmetic, Gather, Concat and the like into Reshape,
    Expand and Slice, so that ranks come out of graphs that carry no types at all.

    A declared shape that inference contradicts is a warning; operands that no operation can take are an error.

    {{example test/Simplify/infer-shapes.mlir}}
  }];
}

#endif
