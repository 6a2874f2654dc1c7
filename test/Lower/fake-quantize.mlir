// RUN: retort-opt %s --lower-to-linalg | FileCheck %s

// Whole blocks: one loop nest, in which the blocked axis is two.
// CHECK: #[[$ALL:.*]] = affine_map<(d0, d1, d2) -> (d0, d1, d2)>
// CHECK: #[[$SCALES:.*]] = affine_map<(d0, d1, d2) -> (d0, d2)>
// CHECK-LABEL: func.func @blocks(
// CHECK-SAME: %[[X:.*]]: tensor<8x3xf32>, %[[S:.*]]: tensor<2x3xf32>
// CHECK: %[[PARTS:.*]] = tensor.expand_shape %[[X]] {{\[}}[0, 1], [2]] output_shape [2, 4, 3]
// CHECK: linalg.generic {indexing_maps = [#[[$ALL]], #[[$SCALES]], #[[$ALL]]], iterator_types = ["parallel", "parallel", "parallel"]} ins(%[[PARTS]], %[[S]]
// CHECK: ^bb0(%[[IN:.*]]: f32, %[[SCALE:.*]]: f32, %{{.*}}: f32):
// CHECK: %[[V:.*]] = arith.divf %[[IN]], %[[SCALE]]
// CHECK: %[[CODE:.*]] = math.roundeven %[[V]]
// CHECK: %[[LOW:.*]] = arith.maxnumf %[[CODE]], %{{.*}}
// CHECK: %[[HIGH:.*]] = arith.minnumf %[[LOW]], %{{.*}}
// CHECK: %[[Y:.*]] = arith.mulf %[[HIGH]], %[[SCALE]]
// CHECK: linalg.yield %[[Y]]
// CHECK: tensor.collapse_shape
func.func @blocks(%x: tensor<8x3xf32>, %s: tensor<2x3xf32>) -> tensor<8x3xf32> {
  %0 = compress.fake_quantize(%x, %s) {bits = 3 : i64, block_size = 4 : i64} : (tensor<8x3xf32>, tensor<2x3xf32>) -> tensor<8x3xf32>
  return %0 : tensor<8x3xf32>
}

// A shorter last block: each element looks its scale up.
// CHECK-LABEL: func.func @shorter_last_block(
// CHECK: linalg.generic
// CHECK: %[[I:.*]] = linalg.index 0
// CHECK: %[[B:.*]] = arith.divui %[[I]], %{{.*}}
// CHECK: tensor.extract %{{.*}}[%[[B]], %{{.*}}] : tensor<3x3xf32>
// CHECK: math.roundeven
func.func @shorter_last_block(%x: tensor<5x3xf32>, %s: tensor<3x3xf32>) -> tensor<5x3xf32> {
  %0 = compress.fake_quantize(%x, %s) {bits = 3 : i64, block_size = 2 : i64} : (tensor<5x3xf32>, tensor<3x3xf32>) -> tensor<5x3xf32>
  return %0 : tensor<5x3xf32>
}

// One scale for each token, rounded as it will be stored, and a zero point, rounded to a code.
// CHECK-LABEL: func.func @rows(
// CHECK: linalg.generic
// CHECK-NOT: tensor.extract
// CHECK: %[[HALF:.*]] = arith.truncf %{{.*}} : f32 to f16
// CHECK: arith.extf %[[HALF]]
// CHECK: math.roundeven
// CHECK: math.roundeven
// CHECK: arith.subf
// CHECK: arith.mulf
func.func @rows(%x: tensor<?x4xf32>, %s: tensor<?x1xf32>, %z: tensor<?x1xf32>) -> tensor<?x4xf32> {
  %0 = compress.fake_quantize(%x, %s, %z) {bits = 8 : i64, is_signed = false, scale_type = f16} : (tensor<?x4xf32>, tensor<?x1xf32>, tensor<?x1xf32>) -> tensor<?x4xf32>
  return %0 : tensor<?x4xf32>
}

// Beside another element-wise operation.
// CHECK-LABEL: func.func @one_for_all(
// CHECK: linalg.generic
// CHECK: math.roundeven
func.func @one_for_all(%x: tensor<?x4xf16>, %s: tensor<f16>) -> tensor<?x4xf16> {
  %0 = compress.fake_quantize(%x, %s) {bits = 8 : i64} : (tensor<?x4xf16>, tensor<f16>) -> tensor<?x4xf16>
  return %0 : tensor<?x4xf16>
}
