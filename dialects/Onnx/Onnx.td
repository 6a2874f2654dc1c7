// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef RETORT_ONNX
#define RETORT_ONNX

include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/OpBase.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Onnx_Dialect : Dialect {
  let name = "onnx";
  let cppNamespace = "::retort::onnx";
  let summary = "ONNX models: the exact image of a file, and typed operations at one canonical opset";

  let dependentDialects = ["::retort::RetortDialect"];
  let useDefaultAttributePrinterParser = 1;
  let useDefaultTypePrinterParser = 1;

  let extraClassDeclaration = [{
    /// Adds the operations, attributes and types of the exact image.
    void addGraph();
    /// Adds the operations of every group of typed ops; made by CMake from the files in Ops/.
    void addTypedOperations();
  }];
}

#endif
