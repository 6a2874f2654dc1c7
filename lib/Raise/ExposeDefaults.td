// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef RETORT_RAISE_EXPOSEDEFAULTS
#define RETORT_RAISE_EXPOSEDEFAULTS

include "mlir/Pass/PassBase.td"

def ExposeDefaultsPass : Pass<"expose-defaults", "::mlir::ModuleOp"> {
  let summary = "Make arguments of the initializers that a caller may replace";
  let description = [{
    From version 4 of ONNX's IR on, an initializer that is listed among the inputs of the graph is the default of that
    input. It becomes an argument of the declared type, with the initializer in its attribute `onnx.default`: nothing is
    folded, compressed or recognized that another value would make wrong.

    Some exporters list every weight as an input. A tensor of known shape that a product reads, itself or through
    operations on constants, stays a constant; in such a model integers of known shape do, too, for they are parameters
    of operations. Where all initializers are listed, several weights among them, all that have a known shape stay: what
    the model is, norms, masks, angles, is told by numbers that no caller means to replace. Their names are kept in the attribute `onnx.fixed_inputs` of the function, like those of all listed
    initializers of older files, so that a caller who gives one learns why it cannot be taken.

    {{example test/Raise/expose-defaults.mlir}}
  }];
}

#endif
