// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef RETORT_CODEGEN_INSERTDEALLOCATIONS
#define RETORT_CODEGEN_INSERTDEALLOCATIONS

include "mlir/Pass/PassBase.td"

def InsertDeallocationsPass : Pass<"codegen-insert-deallocations", "::mlir::ModuleOp"> {
  let summary = "Free every buffer after its last use";
  let description = [{
    Every buffer has one owner: the block that allocated it, that got it as the result of an `scf` operation, or that took
    it as an argument of a loop. It is freed there after its last use, unless the end of the block or a loop hands it on.
    What is handed on without being owned (an argument, a constant, a view used twice) is copied first. Results of
    functions thus are buffers of their own; a result that is a state is the state's argument.

    Upstream's ownership-based deallocation frees at the end of the block, which keeps every intermediate result of a
    model alive at once, and takes quadratic time.

    {{example test/Codegen/insert-deallocations.mlir}}
  }];
  let dependentDialects = ["::mlir::memref::MemRefDialect"];
}

#endif
