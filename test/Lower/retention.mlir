// RUN: retort-opt %s --lower-to-linalg --split-input-file | FileCheck %s

// A constant decay for each head: 16 rows at a time, that see each other and the state.
// CHECK-LABEL: @chunkwise
// CHECK: %[[C16:.*]] = arith.constant 16 : index
// CHECK: scf.for {{.*}} iter_args(%{{.*}} = %{{.*}}, %{{.*}} = %{{.*}}) -> (tensor<2x2x2x?x8xf32>, tensor<2x2x4x8xf32>)
// CHECK: tensor.extract_slice
// CHECK: math.exp
// CHECK: tensor.insert_slice
func.func @chunkwise(%q: tensor<2x4x?x4xf32>, %k: tensor<2x2x?x4xf32>, %v: tensor<2x2x?x8xf32>, %s: tensor<2x2x4x8xf32>, %g: tensor<1x2x1x1xf32>)
    -> (tensor<2x4x?x8xf32>, tensor<2x2x4x8xf32>) {
  %0, %1 = llm.retention gated(%q, %k, %v state %s decay %g) {scale = 0.5 : f32, chunk_size = 16 : i64}
      : (tensor<2x4x?x4xf32>, tensor<2x2x?x4xf32>, tensor<2x2x?x8xf32>, tensor<2x2x4x8xf32>, tensor<1x2x1x1xf32>) -> (tensor<2x4x?x8xf32>, tensor<2x2x4x8xf32>)
  return %0, %1 : tensor<2x4x?x8xf32>, tensor<2x2x4x8xf32>
}

// -----

// Decay of the data, and the delta rule: row by row.
// CHECK-LABEL: @row_by_row
// CHECK: scf.for
// CHECK: arith.subf
func.func @row_by_row(%q: tensor<2x2x?x4xf32>, %k: tensor<2x2x?x4xf32>, %v: tensor<2x2x?x8xf32>, %g: tensor<2x2x?x4xf32>, %b: tensor<2x2x?x1xf32>)
    -> tensor<2x2x?x8xf32> {
  %0, %1 = llm.retention gated_delta(%q, %k, %v decay %g beta %b) {scale = 1.0 : f32}
      : (tensor<2x2x?x4xf32>, tensor<2x2x?x4xf32>, tensor<2x2x?x8xf32>, tensor<2x2x?x4xf32>, tensor<2x2x?x1xf32>) -> (tensor<2x2x?x8xf32>, tensor<2x2x4x8xf32>)
  return %0 : tensor<2x2x?x8xf32>
}
