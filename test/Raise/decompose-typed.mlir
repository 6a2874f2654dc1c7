// RUN: retort-opt %s --decompose-functions=operations=onnx.Attention --split-input-file | FileCheck %s
// RUN: retort-opt %s --retort-lower --split-input-file | FileCheck %s --check-prefix=LOWER

// Whoever looks at the scores gets them from the operations that attention is made of.
// CHECK-LABEL: @scores
// CHECK: %[[RAW:.*]] = onnx.MatMul
// CHECK: onnx.Where(%{{.*}}, %[[RAW]]
// CHECK: onnx.Softmax
// CHECK: %[[Y:.*]] = onnx.MatMul
// CHECK: return %[[Y]], %[[RAW]]
// LOWER-LABEL: @scores
// LOWER-NOT: onnx.
// LOWER: linalg.generic
func.func @scores(%q: tensor<2x3x4x8xf32>, %k: tensor<2x3x6x8xf32>, %v: tensor<2x3x6x8xf32>)
    -> (tensor<2x3x4x8xf32>, tensor<2x3x4x6xf32>) {
  %y, %k1, %v1, %scores = onnx.Attention(%q, %k, %v) {is_causal = 1 : i64}
      : (tensor<2x3x4x8xf32>, tensor<2x3x6x8xf32>, tensor<2x3x6x8xf32>)
      -> (tensor<2x3x4x8xf32>, tensor<2x3x6x8xf32>, tensor<2x3x6x8xf32>, tensor<2x3x4x6xf32>)
  return %y, %scores : tensor<2x3x4x8xf32>, tensor<2x3x4x6xf32>
}

// -----

// A mask of bools chooses, one of numbers is added. Heads lie apart behind each other in three axes.
// CHECK-LABEL: @mask_of_bools
// CHECK: onnx.Transpose{{.*}}perm = array<i64: 0, 2, 1, 3>
// CHECK: onnx.Where(%{{.*}}, %{{.*}}, %{{.*}}) {{.*}}tensor<4x6xi1>
// CHECK-NOT: onnx.Attention
func.func @mask_of_bools(%q: tensor<2x4x24xf32>, %k: tensor<2x6x24xf32>, %v: tensor<2x6x24xf32>, %m: tensor<4x6xi1>) -> tensor<2x4x24xf32> {
  %y = onnx.Attention(%q, %k, %v, %m) {q_num_heads = 3 : i64, kv_num_heads = 3 : i64}
      : (tensor<2x4x24xf32>, tensor<2x6x24xf32>, tensor<2x6x24xf32>, tensor<4x6xi1>) -> tensor<2x4x24xf32>
  return %y : tensor<2x4x24xf32>
}
