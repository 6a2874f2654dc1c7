// RUN: retort-opt %s --compress-factorize-svd=rank=1 | FileCheck %s

// A matrix of rank one is the product of a column and a row.
// CHECK-LABEL: func.func @two_products
// CHECK-SAME: (%[[X:.*]]: tensor<?x4xf32>)
// CHECK-DAG: %[[A:.*]] = onnx.initializer "w_left" dense<{{.*}}> : tensor<4x1xf32>
// CHECK-DAG: %[[B:.*]] = onnx.initializer "w_right" dense<{{.*}}> : tensor<1x3xf32>
// CHECK: %[[P:.*]] = onnx.MatMul(%[[X]], %[[A]]) : (tensor<?x4xf32>, tensor<4x1xf32>) -> tensor<?x1xf32>
// CHECK: onnx.MatMul(%[[P]], %[[B]]) : (tensor<?x1xf32>, tensor<1x3xf32>) -> tensor<?x3xf32>
func.func @two_products(%x: tensor<?x4xf32>) -> tensor<?x3xf32> {
  %w = onnx.initializer "w" dense<[[1.0, 2.0, 3.0], [2.0, 4.0, 6.0], [0.0, 0.0, 0.0], [-1.0, -2.0, -3.0]]> : tensor<4x3xf32>
  %y = onnx.MatMul(%x, %w) : (tensor<?x4xf32>, tensor<4x3xf32>) -> tensor<?x3xf32>
  %z = onnx.Relu(%y) : (tensor<?x3xf32>) -> tensor<?x3xf32>
  return %z : tensor<?x3xf32>
}
