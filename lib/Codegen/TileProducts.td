// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef RETORT_CODEGEN_TILEPRODUCTS
#define RETORT_CODEGEN_TILEPRODUCTS

include "mlir/Pass/PassBase.td"

def TileProductsPass : Pass<"codegen-tile-products", "::mlir::ModuleOp"> {
  let summary = "Compute matrix products of many rows in tiles that stay in registers";
  let description = [{
    A kernel that is a product of f32 matrices gets a second form, for four rows and more: some columns of the second
    operand are packed, one row behind the other, turned where both operands run along the sum, and tiles of the result
    are accumulated in vectors. A packed panel serves all rounds of the batch that read it: the query heads of one head
    of keys and values. Rows beyond the last are computed twice, columns beyond it are masked. With fewer rows the plain
    loops stay: they stream the second operand once. The tile follows the vector registers of `target-cpu`.

    {{example test/Codegen/tile-products.mlir}}
  }];
  let options = [Option<"targetCpu", "target-cpu", "std::string", "\"native\"", "The CPU to generate code for where the module has no target, as LLVM names it">];
  let dependentDialects = ["::retort::linear::LinearDialect", "::mlir::arith::ArithDialect", "::mlir::func::FuncDialect", "::mlir::memref::MemRefDialect",
                           "::mlir::scf::SCFDialect", "::mlir::vector::VectorDialect"];
}

#endif
