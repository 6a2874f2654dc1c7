// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the generated classes Onnx_<Op>Schema stand on: the base class of typed operations and the kinds of attributes.
#ifndef RETORT_ONNX_TYPEDOP
#define RETORT_ONNX_TYPEDOP

include "dialects/Onnx/Families.td"
include "dialects/Onnx/Onnx.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Onnx_IntAttr : TypedSignlessIntegerAttrBase<I64, "int64_t", "ONNX INT (i64)"> {
  let convertFromStorage = "$_self.getInt()";
}

def Onnx_FloatAttr : FloatAttrBase<F32, "ONNX FLOAT (f32)"> {
  let returnType = "float";
  let convertFromStorage = "$_self.getValue().convertToFloat()";
  let constBuilderCall = "$_builder.getF32FloatAttr($0)";
}

/// A typed operation, printed as onnx.Clip(%x, _, %max) {...} : (types of what is present) -> types; `_` is omitted.
class Onnx_Op<string mnemonic, list<Trait> traits> : Op<Onnx_Dialect, mnemonic, traits> {
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
  let extraClassDefinition = [{
    ::mlir::ParseResult $cppClass::parse(::mlir::OpAsmParser &parser, ::mlir::OperationState &result) {
      return ::retort::onnx::parseTypedOp(parser, result);
    }
    void $cppClass::print(::mlir::OpAsmPrinter &printer) { ::retort::onnx::printTypedOp(*this, printer); }
    ::llvm::LogicalResult $cppClass::verify() { return ::retort::onnx::verifyTypedOp(*this); }
  }];
}

#endif
