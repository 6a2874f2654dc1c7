// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef RETORT_LOWER_DETACHLINALG
#define RETORT_LOWER_DETACHLINALG

include "mlir/Pass/PassBase.td"

def DetachLinalgPass : Pass<"detach-linalg", "::mlir::ModuleOp"> {
  let summary = "Leave upstream dialects alone, for other compilers";
  let description = [{
    What `lower-to-linalg{pack-weights=false fuse-attention=false}` leaves becomes a module that any compiler of linalg reads: no attribute of
    Retort's dialects is left, integers have no sign, and products that have a name in linalg bear it. Weights become
    constants where they are read (`weights=constants`), or stay the last arguments of functions (`weights=arguments`);
    then `retort.weight` on an argument and `retort.weights` on the module still say which is which.
    With `checks=false` the assertions of sizes and indices go, and with them what only they compute.

    {{example test/Lower/detach-linalg.mlir}}
  }];
  let options = [
    Option<"weights", "weights", "std::string", "\"constants\"", "Weights are 'constants', or 'arguments' of functions">,
    Option<"checks", "checks", "bool", "true", "Keep assertions of sizes and indices">
  ];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect", "::mlir::tensor::TensorDialect"];
}

#endif
