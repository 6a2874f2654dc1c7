// What a failed pipeline leaves is run again by itself, with its weights.
// RUN: rm -f %t.mlir && not retort-opt %s --canonicalize --lower-to-linalg --mlir-pass-pipeline-crash-reproducer=%t.mlir 2>&1 | FileCheck %s --check-prefix=FAILS
// RUN: FileCheck %s < %t.mlir
// RUN: not retort-opt %t.mlir --run-reproducer 2>&1 | FileCheck %s --check-prefix=FAILS
// RUN: rm -f %t.mlir && not retort-opt %s --lower-to-linalg --emit-bytecode -o %t.mlirbc --mlir-pass-pipeline-crash-reproducer=%t.mlir && not retort-opt %t.mlir --run-reproducer 2>&1 | FileCheck %s --check-prefix=FAILS
// RUN: retort-opt %s --canonicalize --mlir-generate-reproducer=%t.made.mlir -o %t.out.mlir && retort-opt %t.made.mlir --run-reproducer | FileCheck %s --check-prefix=RUNS

// FAILS: error: {{.*}}operator 'Knows' of domain 'nobody'
// CHECK: w: "0x0400000000000000000000000000
// CHECK: mlir_reproducer
// CHECK: pipeline: "builtin.module({{.*}}canonicalize{{.*}}lower-to-linalg
// RUNS: func.func @weight
func.func @weight(%x: tensor<4xf32>) -> tensor<4xf32> {
  %w = onnx.initializer "w" dense_resource<w> : tensor<4xf32>
  %y = onnx.node "Knows" domain "nobody" (%x, %w) to ["y"] : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}

{-#
  dialect_resources: {
    builtin: {
      w: "0x0400000000000000000000000000000000000000"
    }
  }
#-}
