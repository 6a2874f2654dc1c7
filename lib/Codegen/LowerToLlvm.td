// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef RETORT_CODEGEN_LOWERTOLLVM
#define RETORT_CODEGEN_LOWERTOLLVM

include "mlir/Pass/PassBase.td"

def LowerToLlvmPass : Pass<"codegen-lower-to-llvm", "::mlir::ModuleOp"> {
  let summary = "Lower functions on buffers to the LLVM dialect";
  let description = [{
    Upstream's conversions in one go, and two of our own: a `cf.assert` that does not hold calls
    `retort_fail(message)` of the runtime instead of aborting, and arguments of kernels that are marked
    `retort.noalias` become `noalias` pointers.

    {{example test/Codegen/lower-to-llvm.mlir}}
  }];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect"];
}

def ApproximateMathPass : Pass<"codegen-approximate-math", "::mlir::ModuleOp"> {
  let summary = "Compute exponentials, logarithms and their kin by polynomials that vectorize";
  let description = [{
    In f32 (and f16, bf16 through f32): `exp`, `exp2`, `log`, `tanh` and `erf`, each to a few units in the last place. The rest,
    and f64, calls libm.

    {{example test/Codegen/approximate-math.mlir}}
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::math::MathDialect", "::mlir::vector::VectorDialect"];
}

#endif
