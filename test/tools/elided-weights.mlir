// Text shows weights by name alone; what was read from such text has no weights, and must not become a model.
// RUN: retort-opt %s | FileCheck %s
// RUN: retort-opt %s --mlir-elide-resource-strings-if-larger=100 | FileCheck %s --check-prefix=SHOWN
// RUN: retort-opt %s -o %t.mlir && not retort-opt %t.mlir --emit-bytecode -o %t.mlirbc 2>&1 | FileCheck %s --check-prefix=LOST

// CHECK: dense_resource<w>
// CHECK-NOT: 0x04000000
// SHOWN: w: "0x040000000000803F00000040"
// LOST: error: expects data for weight 'w', found none: it was elided when this text was printed
func.func @weight() -> tensor<2xf32> {
  %w = arith.constant dense_resource<w> : tensor<2xf32>
  return %w : tensor<2xf32>
}

{-#
  dialect_resources: {
    builtin: {
      w: "0x040000000000803F00000040"
    }
  }
#-}
