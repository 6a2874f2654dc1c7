// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef RETORT_CODEGEN_STRIPSIGNEDNESS
#define RETORT_CODEGEN_STRIPSIGNEDNESS

include "mlir/Pass/PassBase.td"

def StripSignednessPass : Pass<"codegen-strip-signedness", "::mlir::ModuleOp"> {
  let summary = "Drop the signedness of integers at the boundary of functions, and say which arguments may be written";
  let description = [{
    Arguments and results of type `ui8` and the like become `i8`, and the `tensor.bitcast` that led from one to the other
    goes. Arguments that are states are marked writable for bufferization, all others are not.

    {{example test/Codegen/strip-signedness.mlir}}
  }];
  let dependentDialects = ["::mlir::bufferization::BufferizationDialect", "::mlir::tensor::TensorDialect"];
}

#endif
