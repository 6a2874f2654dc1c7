// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef RETORT_CODEGEN_WRAPENTRYPOINTS
#define RETORT_CODEGEN_WRAPENTRYPOINTS

include "mlir/Pass/PassBase.td"

def WrapEntryPointsPass : Pass<"codegen-wrap-entry-points", "::mlir::ModuleOp"> {
  let summary = "Give every public function the calling convention of compiled models";
  let description = [{
    The public function F becomes `retort_F(ptr args)`: `args[i]` points to the descriptor of the memref that is the i-th
    argument, and after the arguments comes a pointer for each result that is not a state, to a descriptor that the
    function fills.

    {{example test/Codegen/wrap-entry-points.mlir}}
  }];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect"];
}

#endif
