#ifndef RETORT_CODEGEN_TILEPRODUCTS
#define RETORT_CODEGEN_TILEPRODUCTS

include "mlir/Pass/PassBase.td"

def TileProductsPass : Pass<"codegen-tile-products", "::mlir::ModuleOp"> {
  let summary = "Compute matrix products of many rows in tiles that stay in registers";
  let description = [{
    A kernel that is a product of f32 matrices gets a second form. Where the columns of the result are innermost and it has
    at least 16 rows: 32 columns of the second operand are packed, and tiles of 4 x 32 elements accumulated in vectors. Where
    both operands run along the sum and there are at least 8 rows: 4 x 4 vectors of partial sums. Rows beyond the last are
    computed twice, columns beyond it are masked. With fewer rows the plain loops stay: they stream the second operand once.

    {{example test/Codegen/tile-products.mlir}}
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::func::FuncDialect", "::mlir::memref::MemRefDialect",
                           "::mlir::scf::SCFDialect", "::mlir::vector::VectorDialect"];
}

#endif
