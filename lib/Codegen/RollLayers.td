// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef RETORT_CODEGEN_ROLLLAYERS
#define RETORT_CODEGEN_ROLLLAYERS

include "mlir/Pass/PassBase.td"

def RollLayersPass : Pass<"codegen-roll-layers", "::mlir::ModuleOp"> {
  let summary = "Make a loop of layers that do the same";
  let description = [{
    Where an entry point does the same several times in a row, but for the arguments that it reads (weights, states), one
    round stays, in a loop: what LLVM takes, and the size of the code, do not grow with the number of layers. Which
    argument, or which number, a round takes stands in a table of constants. A round hands to the next what that
    reads of it; what else differs from round to round, or is read of each behind the loop, goes through a table on the
    stack. Names of nodes in messages keep what the rounds have in common: `layers.*.mlp`.

    Kernels are functions of their own before (`codegen-outline-kernels`); what is computed does not change, to the last bit.

    {{example test/Codegen/roll-layers.mlir}}
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect",
                           "::mlir::LLVM::LLVMDialect", "::mlir::ub::UBDialect"];
}

#endif
