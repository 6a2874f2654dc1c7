// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Two operators of a domain of their own, "my.domain": one line each says what they are.
#ifndef MY_SIGNALS
#define MY_SIGNALS

include "dialects/Onnx/Families.td"
include "mlir/IR/OpBase.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "dialects/Retort/Differentiable.td"
include "dialects/Retort/Lowering.td"

def Signals_Dialect : Dialect {
  let name = "signals";
  let cppNamespace = "::my";
  let summary = "Operators of the domain my.domain";
}

/// Printed as operations of ONNX are: signals.Snake(%x, %alpha) : (types) -> type.
class Signals_Op<string mnemonic, list<Trait> traits> : Op<Signals_Dialect, mnemonic, !listconcat(traits, [Pure])> {
  let hasCustomAssemblyFormat = 1;
  let extraClassDefinition = [{
    ::mlir::ParseResult $cppClass::parse(::mlir::OpAsmParser &parser, ::mlir::OperationState &result) {
      return ::retort::onnx::parseTypedOp(parser, result);
    }
    void $cppClass::print(::mlir::OpAsmPrinter &printer) { ::retort::onnx::printTypedOp(*this, printer); }
  }];
}

/// Element-wise: the body in Signals.cpp is all there is to say. Types, values, rows and code follow.
def Signals_SnakeOp
    : Signals_Op<"Snake", [Onnx_ByScalarBody<"Function">, DeclareOpInterfaceMethods<Retort_ScalarBody>,
                           DeclareOpInterfaceMethods<Retort_Differentiable>]> {
  let summary = "x + sin(alpha x)^2 / alpha: an activation for periodic signals";
  let arguments = (ins AnyTensor:$x, AnyTensor:$alpha);
  let results = (outs AnyTensor:$y);
}

/// With a shape of its own, every part by itself.
def Signals_GroupEnergyOp
    : Signals_Op<"GroupEnergy", [DeclareOpInterfaceMethods<Onnx_ShapeInference>,
                                 DeclareOpInterfaceMethods<Onnx_Evaluation>, DeclareOpInterfaceMethods<Onnx_RowRule>,
                                 DeclareOpInterfaceMethods<Retort_LinalgLowering>,
                                 DeclareOpInterfaceMethods<Retort_Differentiable>]> {
  let summary = "The sum of squares of each group of `size` neighbours along the last axis";
  let arguments = (ins AnyTensor:$x, OptionalAttr<I64Attr>:$size);
  let results = (outs AnyTensor:$y);
  let extraClassDeclaration = [{
    int64_t groupSize() { return getSize().value_or(2); }
  }];
}

#endif
