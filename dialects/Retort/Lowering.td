// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How operations that a plugin brings become linalg. The interfaces speak upstream's types alone.
#ifndef RETORT_RETORT_LOWERING
#define RETORT_RETORT_LOWERING

include "mlir/IR/Interfaces.td"
include "mlir/IR/OpBase.td"

def Retort_LinalgLowering : OpInterface<"LinalgLowering"> {
  let cppNamespace = "::retort";
  let description = [{
    Operations that say themselves how they are computed: as linalg on tensors, or whatever upstream lowers from there
    (tensor, arith, math, scf).

    Tensors hold integers without sign (ui8 is i8), and elements narrower than a byte (but i1) as bytes.
  }];
  let methods = [InterfaceMethod<[{
      Builds the results, one tensor each, from `operands`, the operands that are present; `sizes` has the sizes of
      each, as values of type index that are the same where sizes are known to be equal. Fails after a diagnostic.
    }], "::llvm::FailureOr<::llvm::SmallVector<::mlir::Value>>", "lowerToLinalg",
    (ins "::mlir::OpBuilder &":$builder, "::mlir::ValueRange":$operands,
         "::llvm::ArrayRef<::llvm::SmallVector<::mlir::Value>>":$sizes)>];
}

def Retort_ScalarBody : OpInterface<"ScalarBody"> {
  let cppNamespace = "::retort";
  let description = [{
    Operations that compute each element of their result from one element of each operand, which broadcast against each
    other. Their body says all of what they compute: they are lowered, evaluated where their operands are constants, and
    followed by rows of text by it.
  }];
  let methods = [InterfaceMethod<[{
      Builds the element of the result from `elements`, one of each operand, in operations of arith and math without
      regions. Floats narrower than f32 come as f32; integers without sign. The result may be of the type of the first
      element where that stands for the result's.
    }], "::mlir::Value", "buildScalar",
    (ins "::mlir::OpBuilder &":$builder, "::mlir::Location":$location, "::mlir::ValueRange":$elements)>];
}

#endif
