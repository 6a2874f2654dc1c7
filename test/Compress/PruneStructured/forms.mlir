// Biases shrink and take means, a Reshape names its size anew, and what else stands in the way is said.
// RUN: retort-opt %s --identify-model -o %t.mlir
// RUN: %{python} %{source}/test/Statistics/make_statistics.py %t.mlir %t.statistics down=4 mixed=4 tied=4
// RUN: retort-opt %s --identify-model=statistics=%t.statistics --compress-prune-structured="ratio=0.5 multiple=2" -o %t.out.mlir --remarks-filter=compress --remark-format=emitRemark 2>&1 | FileCheck %s --check-prefix=REMARK
// RUN: FileCheck %s < %t.out.mlir
// RUN: retort-opt %s --identify-model=statistics=%t.statistics --compress-prune-structured="ratio=0.5 multiple=2 fit=false" --remarks-filter=compress --remark-format=emitRemark 2>&1 | FileCheck %s --check-prefix=PLAIN
// RUN: not retort-opt %s --identify-model=statistics=%t.statistics --compress-prune-structured="ratio=0.5 multiple=2 exclude=^up$" --remarks-filter=compress --remark-format=emitRemark 2>&1 | FileCheck %s --check-prefix=EXCLUDED
// RUN: not retort-opt %s --identify-model=statistics=%t.statistics --compress-prune-structured="ratio=0.5" --remarks-filter=compress --remark-format=emitRemark 2>&1 | FileCheck %s --check-prefix=COARSE
// RUN: retort-opt %s --identify-model=statistics=%t.statistics --compress-prune-structured="ratio=0.5 multiple=2" --compress-prune-wanda=sparsity=0.5 --remarks-filter=compress --remark-format=emitRemark 2>&1 | FileCheck %s --check-prefix=BEHIND

// REMARK-DAG: remark: [Passed] compress-prune-structured {{.*}}channels=4{{.*}}kept=2{{.*}}output_error={{.*}}output_error_removed={{.*}}weight=down
// REMARK-DAG: remark: [Passed] compress-prune-structured {{.*}}channels=4{{.*}}kept=2{{.*}}weight=up
// REMARK-DAG: remark: [Missed] compress-prune-structured {{.*}}its inputs come from 'onnx.Softmax', not element by element from products{{.*}}weight=mixed
// REMARK-DAG: remark: [Missed] compress-prune-structured {{.*}}a constant that computes its channels is read elsewhere too{{.*}}weight=tied
// REMARK-DAG: remark: [Missed] compress-prune-structured {{.*}}is not read by one product{{.*}}weight=shared
// PLAIN: remark: [Passed] compress-prune-structured {{.*}}weight=down
// EXCLUDED-DAG: remark: [Missed] compress-prune-structured {{.*}}a weight that computes its inputs is not selected{{.*}}weight=down
// EXCLUDED-DAG: error: 'compress-prune-structured' removes no channels
// COARSE-DAG: remark: [Missed] compress-prune-structured {{.*}}keeps all of its 4 channels, in multiples of 32{{.*}}weight=down
// COARSE-DAG: error: 'compress-prune-structured' removes no channels: none of the 5 selected weights reads channels that can go, in multiples of 32
// BEHIND-DAG: remark: [Passed] compress-prune-wanda {{.*}}weight=down

// CHECK-LABEL: func.func @main
// CHECK-DAG: onnx.initializer "up" dense<{{.*}}> : tensor<2x3xf32>
// CHECK-DAG: onnx.initializer "up_bias" dense<{{.*}}> : tensor<2xf32>
// CHECK-DAG: onnx.initializer "down" dense<{{.*}}> : tensor<2x3xf32>
// CHECK-NOT: onnx.initializer "down_bias" dense<0.{{0+}}e+00>
// CHECK: %[[UP:.*]] = onnx.Gemm({{.*}} -> tensor<?x2xf32>
// CHECK: %[[SIZES:.*]] = onnx.Constant() {value = dense<[-1, 1, 2]> : tensor<3xi64>}
// CHECK: onnx.Reshape(%[[UP]], %[[SIZES]]){{.*}} -> tensor<?x1x2xf32>
// CHECK: onnx.MatMul({{.*}}(tensor<?x1x2xf32>, tensor<2x3xf32>)
func.func @main(%x: tensor<?x3xf32>) -> (tensor<?x1x3xf32>, tensor<?x3xf32>, tensor<?x3xf32>, tensor<?x4xf32>) {
  %up = onnx.initializer "up" dense<[[1.0, -1.0, 0.5], [0.25, 1.5, 1.0], [2.0, 1.0, -0.5], [1.0, 2.0, 3.0]]> : tensor<4x3xf32>
  %upBias = onnx.initializer "up_bias" dense<[1.0, 2.0, 3.0, 4.0]> : tensor<4xf32>
  %down = onnx.initializer "down" dense<[[1.0, 0.5, -1.0], [0.5, 1.0, 1.0], [2.0, -1.0, 0.5], [1.0, 1.0, -2.0]]> : tensor<4x3xf32>
  %downBias = onnx.initializer "down_bias" dense<0.0> : tensor<3xf32>
  %sizes = onnx.Constant() {value = dense<[-1, 1, 4]> : tensor<3xi64>} : () -> tensor<3xi64>
  %u = onnx.Gemm(%x, %up, %upBias) {transB = 1 : i64} : (tensor<?x3xf32>, tensor<4x3xf32>, tensor<4xf32>) -> tensor<?x4xf32>
  %r = onnx.Reshape(%u, %sizes) : (tensor<?x4xf32>, tensor<3xi64>) -> tensor<?x1x4xf32>
  %h = onnx.Relu(%r) : (tensor<?x1x4xf32>) -> tensor<?x1x4xf32>
  %d = onnx.MatMul(%h, %down) : (tensor<?x1x4xf32>, tensor<4x3xf32>) -> tensor<?x1x3xf32>
  %y = onnx.Add(%d, %downBias) : (tensor<?x1x3xf32>, tensor<3xf32>) -> tensor<?x1x3xf32>

  %shared = onnx.initializer "shared" dense<[[1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0], [9.0, 10.0, 11.0, 12.0]]> : tensor<3x4xf32>
  %s = onnx.MatMul(%x, %shared) : (tensor<?x3xf32>, tensor<3x4xf32>) -> tensor<?x4xf32>
  %soft = onnx.Softmax(%s) {axis = -1 : i64} : (tensor<?x4xf32>) -> tensor<?x4xf32>
  %mixed = onnx.initializer "mixed" dense<1.0> : tensor<4x3xf32>
  %m = onnx.MatMul(%soft, %mixed) : (tensor<?x4xf32>, tensor<4x3xf32>) -> tensor<?x3xf32>

  %again = onnx.MatMul(%x, %shared) : (tensor<?x3xf32>, tensor<3x4xf32>) -> tensor<?x4xf32>
  %positive = onnx.Relu(%again) : (tensor<?x4xf32>) -> tensor<?x4xf32>
  %tied = onnx.initializer "tied" dense<1.0> : tensor<4x3xf32>
  %t = onnx.MatMul(%positive, %tied) : (tensor<?x4xf32>, tensor<4x3xf32>) -> tensor<?x3xf32>

  %y1 = onnx.Softmax(%y) {axis = -1 : i64} : (tensor<?x1x3xf32>) -> tensor<?x1x3xf32>
  %m1 = onnx.Softmax(%m) {axis = -1 : i64} : (tensor<?x3xf32>) -> tensor<?x3xf32>
  %t1 = onnx.Softmax(%t) {axis = -1 : i64} : (tensor<?x3xf32>) -> tensor<?x3xf32>
  return %y1, %m1, %t1, %soft : tensor<?x1x3xf32>, tensor<?x3xf32>, tensor<?x3xf32>, tensor<?x4xf32>
}
