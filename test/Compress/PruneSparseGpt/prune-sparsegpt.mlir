// RUN: retort-opt %s --identify-model=statistics=%s.statistics --compress-prune-sparsegpt="n=2 m=4" | FileCheck %s

// Two of each four inputs are kept; their values have changed, to make up for those that went.
// CHECK-LABEL: func.func @main
// CHECK-DAG: %[[VALUES:.*]] = onnx.initializer "w_values" dense<{{.*}}> : tensor<4x2xf32>
// CHECK-DAG: %[[MASK:.*]] = onnx.initializer "w_mask" dense<{{.*}}> : tensor<2xui8>
// CHECK: %[[W:.*]] = compress.decode_sparse(%[[MASK]], %[[VALUES]]) {m = 4 : i64, n = 2 : i64, onnx.outputs = ["w"]}
// CHECK: onnx.MatMul(%{{.*}}, %[[W]])
func.func @main(%x: tensor<?x8xf32>) -> tensor<?x2xf32> {
  %w = onnx.initializer "w" dense<[[0.5, -1.25], [1.0, 0.25], [-0.75, 0.5], [0.25, 1.5],
                                   [-0.5, 0.75], [1.5, -0.25], [0.125, 2.0], [-1.0, 0.375]]> : tensor<8x2xf32>
  %y = onnx.MatMul(%x, %w) : (tensor<?x8xf32>, tensor<8x2xf32>) -> tensor<?x2xf32>
  %z = onnx.Relu(%y) : (tensor<?x2xf32>) -> tensor<?x2xf32>
  return %z : tensor<?x2xf32>
}
