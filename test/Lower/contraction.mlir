// RUN: retort-opt %s --lower-to-linalg | FileCheck %s

// CHECK: #[[$A:.*]] = affine_map<(d0, d1, d2) -> (d0, d1)>
// CHECK: #[[$B:.*]] = affine_map<(d0, d1, d2) -> (d1, d2)>
// CHECK: #[[$C:.*]] = affine_map<(d0, d1, d2) -> (d0, d2)>

// The columns of the result are the innermost loop; rows of all batches are one loop.
// CHECK-LABEL: @rows_times_matrix
// CHECK: tensor.collapse_shape
// CHECK: linalg.generic {indexing_maps = [#[[$A]], #[[$B]], #[[$C]]], iterator_types = ["parallel", "reduction", "parallel"]}
func.func @rows_times_matrix(%a: tensor<2x?x4xf32>, %b: tensor<4x8xf32>) -> tensor<2x?x8xf32> {
  %0 = onnx.MatMul(%a, %b) : (tensor<2x?x4xf32>, tensor<4x8xf32>) -> tensor<2x?x8xf32>
  return %0 : tensor<2x?x8xf32>
}

// Where both run along the sum, that is innermost.
// CHECK-LABEL: @transposed
// CHECK: linalg.generic {indexing_maps = [#[[$C]], #[[$B]], #[[$A]]], iterator_types = ["parallel", "parallel", "reduction"]}
func.func @transposed(%a: tensor<?x4xf32>, %b: tensor<8x4xf32>) -> tensor<?x8xf32> {
  %0 = onnx.Gemm(%a, %b) {transB = 1 : i64} : (tensor<?x4xf32>, tensor<8x4xf32>) -> tensor<?x8xf32>
  return %0 : tensor<?x8xf32>
}

// CHECK-LABEL: @checks_the_inner_size
// CHECK: cf.assert %{{.*}}, "node 'onnx.MatMul': the matrices do not fit"
func.func @checks_the_inner_size(%a: tensor<2x?xf32>, %b: tensor<?x3xf32>) -> tensor<2x3xf32> {
  %0 = onnx.MatMul(%a, %b) : (tensor<2x?xf32>, tensor<?x3xf32>) -> tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// Loops: row, block, byte, place in the byte.
// CHECK-LABEL: @int4_weights
// CHECK: linalg.generic {{.*}} iterator_types = ["parallel", "parallel", "parallel", "parallel"]
// CHECK: arith.shrui
// CHECK: arith.subf %{{.*}}, %cst
// CHECK: linalg.generic {{.*}} iterator_types = ["parallel", "parallel", "reduction"]
func.func @int4_weights(%a: tensor<?x64xf32>, %b: tensor<3x2x16xui8>, %s: tensor<6xf32>) -> tensor<?x3xf32> {
  %0 = onnx.com.microsoft.MatMulNBits(%a, %b, %s) {K = 64 : i64, N = 3 : i64, block_size = 32 : i64}
      : (tensor<?x64xf32>, tensor<3x2x16xui8>, tensor<6xf32>) -> tensor<?x3xf32>
  return %0 : tensor<?x3xf32>
}

// Bias and activation are computed where the product is read.
// CHECK-LABEL: @product_with_activation
// CHECK-DAG: %[[SLOPE:.*]] = arith.constant 2.000000e-01 : f32
// CHECK: iterator_types = ["parallel", "reduction", "parallel"]
// CHECK: iterator_types = ["parallel", "parallel"]
// CHECK: %[[SUM:.*]] = arith.addf
// CHECK: %[[LOW:.*]] = arith.mulf %[[SUM]], %[[SLOPE]]
// CHECK: arith.select %{{.*}}, %[[SUM]], %[[LOW]]
func.func @product_with_activation(%a: tensor<?x4xf32>, %b: tensor<4x8xf32>, %c: tensor<8xf32>) -> tensor<?x8xf32> {
  %0 = onnx.com.microsoft.FusedGemm(%a, %b, %c) {activation = "LeakyRelu", activation_alpha = 2.0e-01 : f32}
      : (tensor<?x4xf32>, tensor<4x8xf32>, tensor<8xf32>) -> tensor<?x8xf32>
  return %0 : tensor<?x8xf32>
}
