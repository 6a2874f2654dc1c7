// RUN: retort-opt %s --simplify --split-input-file | FileCheck %s

// What takes values of both ranks moves into the branches, with what it needs; the If gives its value.
// CHECK-LABEL: @one_user
func.func @one_user(%c: tensor<i1>, %x: tensor<2x1x5xf32>, %w: tensor<5xf32>) -> tensor<*xf32> {
  %axes = onnx.Constant() {value = dense<1> : tensor<1xi64>} : () -> tensor<1xi64>
  %y = onnx.If(%c) {
    onnx.yield %x : tensor<2x1x5xf32>
  } {
    %p = onnx.Squeeze(%x, %axes) : (tensor<2x1x5xf32>, tensor<1xi64>) -> tensor<2x5xf32>
    onnx.yield %p : tensor<2x5xf32>
  } : (tensor<i1>) -> tensor<*xf32>
  // CHECK: %[[B:.*]] = onnx.Abs(%arg2)
  // CHECK: %[[Z:.*]] = onnx.If(%arg0) {
  // CHECK: %[[S:.*]] = onnx.Add(%arg1, %[[B]]) {{.*}}-> tensor<2x1x5xf32>
  // CHECK: %[[M:.*]] = onnx.ReduceMax(%[[S]]) {{.*}}-> tensor<f32>
  // CHECK: yield %[[M]]
  // CHECK: %[[P:.*]] = onnx.Squeeze
  // CHECK: %[[T:.*]] = onnx.Add(%[[P]], %[[B]]) {{.*}}-> tensor<2x5xf32>
  // CHECK: onnx.ReduceMax(%[[T]])
  // CHECK: onnx.Neg({{.*}}) : (tensor<f32>) -> tensor<f32>
  %b = onnx.Abs(%w) : (tensor<5xf32>) -> tensor<5xf32>
  %s = onnx.Add(%y, %b) : (tensor<*xf32>, tensor<5xf32>) -> tensor<*xf32>
  %z = onnx.ReduceMax(%s) {keepdims = 0 : i64} : (tensor<*xf32>) -> tensor<*xf32>
  %n = onnx.Neg(%z) : (tensor<*xf32>) -> tensor<*xf32>
  return %n : tensor<*xf32>
}

// -----

// A condition that follows from sizes is no condition.
// CHECK-LABEL: @known_size
func.func @known_size(%x: tensor<2x1x5xf32>) -> tensor<*xf32> {
  %one = onnx.Constant() {value = dense<1> : tensor<i64>} : () -> tensor<i64>
  %axes = onnx.Constant() {value = dense<1> : tensor<1xi64>} : () -> tensor<1xi64>
  %shape = onnx.Shape(%x) : (tensor<2x1x5xf32>) -> tensor<3xi64>
  %size = onnx.Gather(%shape, %one) {axis = 0 : i64} : (tensor<3xi64>, tensor<i64>) -> tensor<i64>
  %c = onnx.Equal(%size, %one) : (tensor<i64>, tensor<i64>) -> tensor<i1>
  // CHECK-NOT: onnx.If
  // CHECK: %[[P:.*]] = onnx.Squeeze(%arg0
  // CHECK-NEXT: return %[[P]] : tensor<2x5xf32>
  %y = onnx.If(%c) {
    onnx.yield %x : tensor<2x1x5xf32>
  } {
    %p = onnx.Squeeze(%x, %axes) : (tensor<2x1x5xf32>, tensor<1xi64>) -> tensor<2x5xf32>
    onnx.yield %p : tensor<2x5xf32>
  } : (tensor<i1>) -> tensor<*xf32>
  return %y : tensor<*xf32>
}
