// RUN: retort-opt %s --expose-activations | FileCheck %s
// RUN: retort-opt %s --expose-activations='include=[bc] exclude=b' | FileCheck %s --check-prefix=SOME
// SOME: module attributes {retort.activations = [{results = array<i64: 1>, weights = ["c"]}]}

// Two weights share an activation; one has another, whose inputs do not lie along its last axis.
// CHECK: module attributes {retort.activations = [
// CHECK-SAME: {results = array<i64: 1>, weights = ["a", "b"]}
// CHECK-SAME: {results = array<i64: 2>, weights = ["c"]}
// CHECK-LABEL: func.func @main
// CHECK-SAME: -> (tensor<?x5xf32>, tensor<?x4xf32> {onnx.name = "activation:0", retort.role = "activation:0"}, tensor<?x4xf32> {onnx.name = "activation:1", retort.role = "activation:1"})
func.func @main(%x: tensor<?x4xf32>) -> tensor<?x5xf32> {
  %a = onnx.initializer "a" dense<1.0> : tensor<4x4xf32>
  %b = onnx.initializer "b" dense<2.0> : tensor<4x4xf32>
  %c = onnx.initializer "c" dense<3.0> : tensor<4x5xf32>
  // CHECK: %[[X:.*]] = onnx.MatMul(%arg0, %{{.*}})
  %p = onnx.MatMul(%x, %a) : (tensor<?x4xf32>, tensor<4x4xf32>) -> tensor<?x4xf32>
  %q = onnx.MatMul(%x, %b) : (tensor<?x4xf32>, tensor<4x4xf32>) -> tensor<?x4xf32>
  %r = onnx.Add(%p, %q) : (tensor<?x4xf32>, tensor<?x4xf32>) -> tensor<?x4xf32>
  // CHECK: %[[T:.*]] = onnx.Transpose(%{{.*}}) {perm = array<i64: 1, 0>}
  %t = onnx.Transpose(%r) {perm = array<i64: 1, 0>} : (tensor<?x4xf32>) -> tensor<4x?xf32>
  %y = onnx.Gemm(%t, %c) {transA = 1 : i64} : (tensor<4x?xf32>, tensor<4x5xf32>) -> tensor<?x5xf32>
  // CHECK: %[[BACK:.*]] = onnx.Transpose(%[[T]]) {perm = array<i64: 1, 0>}
  // CHECK: return %{{.*}}, %arg0, %[[BACK]]
  return %y : tensor<?x5xf32>
}
