// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef RETORT_TARGET_SETTARGET
#define RETORT_TARGET_SETTARGET

include "mlir/Pass/PassBase.td"

def SetTargetPass : Pass<"set-target", "::mlir::ModuleOp"> {
  let summary = "Say which processor the module is compiled for";
  let description = [{
    Sets the module's attribute `retort.target` to what LLVM knows of a CPU: its features, its vector registers, and of
    this machine (`native`) its caches. Lowering, code generation and emission read it; a module without one is compiled for
    what the pass or tool names.

    {{example test/Target/set-target.mlir}}
  }];
  let options = [Option<"cpu", "cpu", "std::string", "\"native\"", "The CPU, as LLVM names it">];
  let dependentDialects = ["::retort::RetortDialect"];
}

#endif
