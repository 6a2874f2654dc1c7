// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef RETORT_CODEGEN_SCHEDULEATTENTION
#define RETORT_CODEGEN_SCHEDULEATTENTION

include "mlir/Pass/PassBase.td"

def ScheduleAttentionPass : Pass<"codegen-schedule-attention", "::mlir::ModuleOp"> {
  let summary = "Compute attention block by block, with a softmax that goes along";
  let description = [{
    A kernel that is a `fused.attention` gets two forms. With many rows a lane of a vector is a row of the query: tiles of
    scores are summed in registers from keys as they lie, the highest score and the sum of powers of each row go along from
    block to block of columns, and blocks that no row of the tile sees are left out. With at most eight rows, chunks of 256
    columns are streamed, for all query heads of a head of keys and values at once, and combined in order. No row's bits
    depend on the number of threads, nor, within either form, on the number of rows.

    {{example test/Codegen/schedule-attention.mlir}}
  }];
  let options = [Option<"targetCpu", "target-cpu", "std::string", "\"native\"", "The CPU to generate code for where the module has no target, as LLVM names it">];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::func::FuncDialect", "::mlir::math::MathDialect",
                           "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect", "::mlir::vector::VectorDialect"];
}

#endif
