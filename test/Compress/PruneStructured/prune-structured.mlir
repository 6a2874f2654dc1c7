// RUN: retort-opt %s --identify-model -o %t.mlir
// RUN: %{python} %{source}/test/Statistics/make_statistics.py %t.mlir %t.statistics down=4
// RUN: retort-opt %s --identify-model=statistics=%t.statistics --compress-prune-structured="ratio=0.5 multiple=1" | FileCheck %s

// Two of four channels stay: columns of what computes them, rows of what reads them.
// CHECK: retort.kept_inputs = {down = array<i64: 2, 3>}
// CHECK-LABEL: func.func @main
// CHECK-DAG: %[[GATE:.*]] = onnx.initializer "gate" dense<{{\[\[}}3.000000e+00, 4.000000e+00], [7.000000e+00, 8.000000e+00], [1.100000e+01, 1.200000e+01]]> : tensor<3x2xf32>
// CHECK-DAG: %[[UP:.*]] = onnx.initializer "up" dense<{{.*}}> : tensor<3x2xf32>
// CHECK-DAG: %[[DOWN:.*]] = onnx.initializer "down" dense<{{.*}}> : tensor<2x3xf32>
// CHECK: %[[G:.*]] = onnx.MatMul(%arg0, %[[GATE]]) {{.*}} -> tensor<?x2xf32>
// CHECK: %[[S:.*]] = onnx.Sigmoid(%[[G]]) : (tensor<?x2xf32>) -> tensor<?x2xf32>
// CHECK: %[[U:.*]] = onnx.MatMul(%arg0, %[[UP]]) {{.*}} -> tensor<?x2xf32>
// CHECK: %[[H:.*]] = onnx.Mul(%[[S]], %[[U]]) : (tensor<?x2xf32>, tensor<?x2xf32>) -> tensor<?x2xf32>
// CHECK: onnx.MatMul(%[[H]], %[[DOWN]]) : (tensor<?x2xf32>, tensor<2x3xf32>) -> tensor<?x3xf32>
func.func @main(%x: tensor<?x3xf32>) -> tensor<?x3xf32> {
  %gate = onnx.initializer "gate" dense<[[1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0], [9.0, 10.0, 11.0, 12.0]]> : tensor<3x4xf32>
  %up = onnx.initializer "up" dense<[[1.0, -1.0, 0.5, 2.0], [0.25, 1.5, 1.0, -1.0], [2.0, 1.0, -0.5, 0.75]]> : tensor<3x4xf32>
  %down = onnx.initializer "down" dense<[[1.0, 0.5, -1.0], [0.5, 1.0, 1.0], [2.0, -1.0, 0.5], [1.0, 1.0, -2.0]]> : tensor<4x3xf32>
  %g = onnx.MatMul(%x, %gate) : (tensor<?x3xf32>, tensor<3x4xf32>) -> tensor<?x4xf32>
  %s = onnx.Sigmoid(%g) : (tensor<?x4xf32>) -> tensor<?x4xf32>
  %u = onnx.MatMul(%x, %up) : (tensor<?x3xf32>, tensor<3x4xf32>) -> tensor<?x4xf32>
  %h = onnx.Mul(%s, %u) : (tensor<?x4xf32>, tensor<?x4xf32>) -> tensor<?x4xf32>
  %y = onnx.MatMul(%h, %down) : (tensor<?x4xf32>, tensor<4x3xf32>) -> tensor<?x3xf32>
  %z = onnx.Relu(%y) : (tensor<?x3xf32>) -> tensor<?x3xf32>
  return %z : tensor<?x3xf32>
}
