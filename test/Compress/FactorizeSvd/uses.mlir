// RUN: retort-opt %s --compress-factorize-svd="rank=1 include=." --split-input-file | FileCheck %s

// y = x W' + c: the first product is by B', the second by A'.
// CHECK-LABEL: func.func @gemm
// CHECK: %[[P:.*]] = onnx.Gemm(%{{.*}}, %[[B:.*]]) {transB = 1 : i64} : (tensor<?x4xf32>, tensor<1x4xf32>) -> tensor<?x1xf32>
// CHECK: onnx.Gemm(%[[P]], %[[A:.*]], %{{.*}}) {alpha = 2.000000e+00 : f32, transB = 1 : i64} : (tensor<?x1xf32>, tensor<3x1xf32>, tensor<3xf32>) -> tensor<?x3xf32>
func.func @gemm(%x: tensor<?x4xf32>, %c: tensor<3xf32>) -> tensor<?x3xf32> {
  %w = onnx.initializer "w" dense<1.0> : tensor<3x4xf32>
  %y = onnx.Gemm(%x, %w, %c) {alpha = 2.0 : f32, transB = 1 : i64} : (tensor<?x4xf32>, tensor<3x4xf32>, tensor<3xf32>) -> tensor<?x3xf32>
  return %y : tensor<?x3xf32>
}

// -----

// Factors of a transposed weight are stored transposed.
// CHECK-LABEL: func.func @transposed
// CHECK-DAG: %[[A:.*]] = onnx.initializer "w_left" {{.*}} : tensor<1x3xf32>
// CHECK-DAG: %[[B:.*]] = onnx.initializer "w_right" {{.*}} : tensor<4x1xf32>
// CHECK-NOT: onnx.Transpose
// CHECK: %[[P:.*]] = onnx.MatMul(%{{.*}}, %[[B]])
// CHECK: onnx.MatMul(%[[P]], %[[A]])
func.func @transposed(%x: tensor<?x4xf32>) -> tensor<?x3xf32> {
  %w = onnx.initializer "w" dense<1.0> : tensor<3x4xf32>
  %t = onnx.Transpose(%w) : (tensor<3x4xf32>) -> tensor<4x3xf32>
  %y = onnx.MatMul(%x, %t) : (tensor<?x4xf32>, tensor<4x3xf32>) -> tensor<?x3xf32>
  return %y : tensor<?x3xf32>
}

// -----

// An embedding that makes the logits too keeps one pair of factors.
// CHECK-LABEL: func.func @tied
// CHECK-DAG: %[[A:.*]] = onnx.initializer "w_left" {{.*}} : tensor<5x1xf32>
// CHECK-DAG: %[[B:.*]] = onnx.initializer "w_right" {{.*}} : tensor<1x4xf32>
// CHECK: %[[ROWS:.*]] = onnx.Gather(%[[A]], %{{.*}}) : (tensor<5x1xf32>, tensor<2xi64>) -> tensor<2x1xf32>
// CHECK: %[[X:.*]] = onnx.MatMul(%[[ROWS]], %[[B]])
// CHECK-DAG: %[[BT:.*]] = onnx.Transpose(%[[B]])
// CHECK-DAG: %[[AT:.*]] = onnx.Transpose(%[[A]])
// CHECK: %[[P:.*]] = onnx.MatMul(%[[X]], %[[BT]])
// CHECK: onnx.MatMul(%[[P]], %[[AT]])
func.func @tied(%ids: tensor<2xi64>) -> tensor<2x5xf32> {
  %w = onnx.initializer "w" dense<1.0> : tensor<5x4xf32>
  %x = onnx.Gather(%w, %ids) : (tensor<5x4xf32>, tensor<2xi64>) -> tensor<2x4xf32>
  %t = onnx.Transpose(%w) {perm = array<i64: 1, 0>} : (tensor<5x4xf32>) -> tensor<4x5xf32>
  %y = onnx.MatMul(%x, %t) : (tensor<2x4xf32>, tensor<4x5xf32>) -> tensor<2x5xf32>
  return %y : tensor<2x5xf32>
}

// -----

// W y = A (B y)
// CHECK-LABEL: func.func @left
// CHECK: %[[P:.*]] = onnx.MatMul(%[[B:.*]], %{{.*}}) : (tensor<1x4xf32>, tensor<4x?xf32>) -> tensor<1x?xf32>
// CHECK: onnx.MatMul(%[[A:.*]], %[[P]]) : (tensor<3x1xf32>, tensor<1x?xf32>) -> tensor<3x?xf32>
func.func @left(%y: tensor<4x?xf32>) -> tensor<3x?xf32> {
  %w = onnx.initializer "w" dense<1.0> : tensor<3x4xf32>
  %z = onnx.MatMul(%w, %y) : (tensor<3x4xf32>, tensor<4x?xf32>) -> tensor<3x?xf32>
  return %z : tensor<3x?xf32>
}

// -----

// What a fused product does to the sum comes once, too.
// CHECK-LABEL: func.func @fused
// CHECK: %[[P:.*]] = onnx.Gemm(%{{.*}}, %{{.*}}) : (tensor<?x4xf32>, tensor<4x1xf32>) -> tensor<?x1xf32>
// CHECK: onnx.com.microsoft.FusedGemm(%[[P]], %{{.*}}, %{{.*}}) {activation = "Relu"} : (tensor<?x1xf32>, tensor<1x3xf32>, tensor<3xf32>) -> tensor<?x3xf32>
func.func @fused(%x: tensor<?x4xf32>, %c: tensor<3xf32>) -> tensor<?x3xf32> {
  %w = onnx.initializer "w" dense<1.0> : tensor<4x3xf32>
  %y = onnx.com.microsoft.FusedGemm(%x, %w, %c) {activation = "Relu"} : (tensor<?x4xf32>, tensor<4x3xf32>, tensor<3xf32>) -> tensor<?x3xf32>
  return %y : tensor<?x3xf32>
}
