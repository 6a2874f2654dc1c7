// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The pass expose-activations.
#ifndef RETORT_STATISTICS_EXPOSEACTIVATIONS
#define RETORT_STATISTICS_EXPOSEACTIVATIONS

include "mlir/Pass/PassBase.td"

def ExposeActivationsPass : Pass<"expose-activations", "::mlir::ModuleOp"> {
  let summary = "Make what weights are multiplied with a result of the model";
  let description = [{
    Every activation that a product multiplies with a weight becomes a further result, once however many weights read it;
    one whose sum does not run along its last axis is transposed before. `retort.activations` on the module lists, for each
    set of weights, the results that feed them: a weight that is used twice has two. Of large plain matrices of the layers
    it also keeps the constant, and the axis of their inputs, so that they are found again in compiled code.

    The residual stream before and behind its segments and blocks are results as well; `retort.segments` lists them.

    Activations within the graphs of If, Loop and Scan are not results of the function: their weights get a `missed`
    remark, and methods that need statistics leave them alone.

    {{example test/Statistics/expose-activations.mlir}}
  }];
  let options = [
    Option<"include", "include", "std::string", "", "Regular expression: only weights whose name matches">,
    Option<"exclude", "exclude", "std::string", "", "Regular expression: no weights whose name matches">
  ];
}

#endif
