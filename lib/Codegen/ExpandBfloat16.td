// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef RETORT_CODEGEN_EXPANDBFLOAT16
#define RETORT_CODEGEN_EXPANDBFLOAT16

include "mlir/Pass/PassBase.td"

def ExpandBfloat16Pass : Pass<"codegen-expand-bfloat16", "::mlir::ModuleOp"> {
  let summary = "Compute in f32 what is bf16, and round by integer arithmetic";
  let description = [{
    Operations of arith on bf16 compute in f32 and round once. Processors without AVX512-BF16 have no instruction that rounds to bf16, and for them LLVM calls a function of the
    compiler's own library, which a process need not have loaded. The arithmetic here vectorizes, keeps subnormal numbers
    (the instruction flushes them to zero), and gives the same bits on every processor: the nearest, even in a tie, and
    a quiet NaN for NaNs. From f64 it goes through f32, as ONNX Runtime does.

    {{example test/Codegen/expand-bfloat16.mlir}}
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect"];
}

#endif
