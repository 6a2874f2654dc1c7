// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef RETORT_CODEGEN_SCHEDULELINEAR
#define RETORT_CODEGEN_SCHEDULELINEAR

include "mlir/Pass/PassBase.td"

def ScheduleLinearPass : Pass<"codegen-schedule-linear", "::mlir::ModuleOp"> {
  let summary = "Compute products with constant weights in tiles that stay in registers";
  let description = [{
    A kernel that is a `linear.product` first packs its rows, then computes tile by tile: a tile of the result is summed in
    vector registers over all of K, the weight decoded on the way from the bytes that are stored. How rows are packed, how
    large tiles are, and from how many rows on, is stated by multiply-accumulate steps (`lib/Codegen/Steps`); for each number
    of rows the cheapest step is taken that the target has, that takes the weight, and that is as accurate as `numerics`
    asks. For few rows a tile is one row and a panel of the weight is streamed (decode), for many it is as many rows as the
    registers hold (prefill). Tiles of many rows take a dense weight in blocks of at most 2048 rows, each of which stays in
    the cache; sums go on where they ended, so no order of additions changes.

    On targets that gain from it (Intel's servers), tiles of many rows fetch the next panel into the second cache while they
    multiply by this one, each a share of its lines.

    - `multiply-add` (`exact`): packed rows lie `[tile][row][k]`, in the order in which the format of the weight takes them,
      with zeros where it is padded; rows beyond the last repeat it. For small codes they are scaled by powers of two, so
      that a code need not be shifted to the low bits of its word, and the sums of the groups are kept, so that a zero point
      costs one product.
    - `dot-product-int8` (`accurate`): packed rows lie in two planes of bytes, `x = scale * (256 high + low)` with a scale for
      some 32 rows of the weight, in the order in which a mask leaves four codes of a column in a lane; the sums of both
      planes are kept for zero points. It takes codes with a scale for at least 16 rows. With `portable-steps` it is
      computed without the instruction, to the same bits.
    - `tile-product-bf16x2` (`accurate`) and `tile-product-bf16` (`fast`), from 24 or 32 rows on: rows lie in tiles, for each 32 of K
      16 rows of the upper, then of the lower plane; a block of a panel is decoded to tiles once, and all rows are multiplied
      by it. They take formats that decode rows, in groups that fill tiles. The process must have had tiles granted (`retort_permits_tiles`), and rows
      must be finite: otherwise the step multiplies that would without this one.

    Why a step is not taken for a product is a remark.

    {{example test/Codegen/schedule-linear.mlir}}

    {{example test/Codegen/schedule-linear-steps.mlir}}

    {{example test/Codegen/schedule-linear-tiles.mlir}}

    {{example test/Codegen/schedule-linear-prefetch.mlir}}
  }];
  let options = [
    Option<"targetCpu", "target-cpu", "std::string", "\"native\"", "The CPU to generate code for where the module has no target, as LLVM names it">,
    Option<"numerics", "numerics", "std::string", "\"exact\"", "How far sums may be from those of f32: `exact`, `accurate` (some 1e-5) or `fast` (some 2e-3)">,
    Option<"prefetch", "prefetch", "std::string", "\"auto\"", "Fetch the next panel while tiles of many rows multiply by this one: `next-panel`, `none`, or `auto`, as the target gains from it">,
    Option<"portableSteps", "portable-steps", "bool", "false", "Take steps in their portable form, whatever instructions the target has">,
  ];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::func::FuncDialect", "::mlir::memref::MemRefDialect",
                           "::mlir::scf::SCFDialect", "::mlir::vector::VectorDialect", "::mlir::LLVM::LLVMDialect"];
}

#endif
