// RUN: retort-opt %s --onnx-infer-shapes --split-input-file --verify-diagnostics | FileCheck %s

// CHECK-LABEL: @scales
// CHECK: onnx.Resize{{.*}} -> tensor<1x2x7x3xf32>
func.func @scales(%x: tensor<1x2x5x6xf32>) -> tensor<*xf32> {
  %s = onnx.Constant() {value = dense<[1.0, 1.0, 1.5, 0.5]> : tensor<4xf32>} : () -> tensor<4xf32>
  %y = onnx.Resize(%x, _, %s) : (tensor<1x2x5x6xf32>, tensor<4xf32>) -> tensor<*xf32>
  return %y : tensor<*xf32>
}

// -----

// An axis of twice a size has twice a size: what is added has the same.
// CHECK-LABEL: @symbolic
// CHECK: onnx.Add{{.*}} -> tensor<1x?x?xf32>
func.func @symbolic(%x: tensor<1x?x?xf32> {onnx.dims = ["", "n", "m"]}) -> tensor<*xf32> {
  %s = onnx.Constant() {value = dense<[2.0, 0.25]> : tensor<2xf32>} : () -> tensor<2xf32>
  %y = onnx.Resize(%x, _, %s) {axes = array<i64: 1, -1>} : (tensor<1x?x?xf32>, tensor<2xf32>) -> tensor<*xf32>
  %z = onnx.Add(%y, %y) : (tensor<*xf32>, tensor<*xf32>) -> tensor<*xf32>
  return %z : tensor<*xf32>
}

// -----

// What an older file gives as an empty list is omitted.
// CHECK-LABEL: @sizes
// CHECK: onnx.Resize{{.*}} -> tensor<1x2x7x8xf32>
func.func @sizes(%x: tensor<1x2x5x6xf32>) -> tensor<*xf32> {
  %none = onnx.Constant() {value = dense<> : tensor<0xf32>} : () -> tensor<0xf32>
  %s = onnx.Constant() {value = dense<[1, 2, 7, 8]> : tensor<4xi64>} : () -> tensor<4xi64>
  %y = onnx.Resize(%x, _, %none, %s) : (tensor<1x2x5x6xf32>, tensor<0xf32>, tensor<4xi64>) -> tensor<*xf32>
  return %y : tensor<*xf32>
}

// -----

// 7 / 5 is less than 9 / 6: 7 rows, round(6 * 7 / 5) = 8 columns.
// CHECK-LABEL: @not_larger
// CHECK: onnx.Resize{{.*}} -> tensor<1x2x7x8xf32>
func.func @not_larger(%x: tensor<1x2x5x6xf32>) -> tensor<*xf32> {
  %s = onnx.Constant() {value = dense<[7, 9]> : tensor<2xi64>} : () -> tensor<2xi64>
  %y = onnx.Resize(%x, _, _, %s) {axes = array<i64: 2, 3>, keep_aspect_ratio_policy = "not_larger"} : (tensor<1x2x5x6xf32>, tensor<2xi64>) -> tensor<*xf32>
  return %y : tensor<*xf32>
}

// -----

func.func @scale_of_0(%x: tensor<5x6xf32>) -> tensor<*xf32> {
  %s = onnx.Constant() {value = dense<[1.0, 0.0]> : tensor<2xf32>} : () -> tensor<2xf32>
  // expected-error@+1 {{'onnx.Resize' op expects scales above 0, found 0}}
  %y = onnx.Resize(%x, _, %s) : (tensor<5x6xf32>, tensor<2xf32>) -> tensor<*xf32>
  return %y : tensor<*xf32>
}

// -----

func.func @negative_size(%x: tensor<5x6xf32>) -> tensor<*xf32> {
  %s = onnx.Constant() {value = dense<[5, -1]> : tensor<2xi64>} : () -> tensor<2xi64>
  // expected-error@+1 {{expects sizes of at least 0, found -1}}
  %y = onnx.Resize(%x, _, _, %s) : (tensor<5x6xf32>, tensor<2xi64>) -> tensor<*xf32>
  return %y : tensor<*xf32>
}

// -----

func.func @both(%x: tensor<5x6xf32>, %s: tensor<2xf32>, %n: tensor<2xi64>) -> tensor<*xf32> {
  // expected-error@+1 {{expects either scales or sizes, found both}}
  %y = onnx.Resize(%x, _, %s, %n) : (tensor<5x6xf32>, tensor<2xf32>, tensor<2xi64>) -> tensor<*xf32>
  return %y : tensor<*xf32>
}

// -----

func.func @neither(%x: tensor<5x6xf32>) -> tensor<*xf32> {
  // expected-error@+1 {{expects scales or sizes, found neither}}
  %y = onnx.Resize(%x) : (tensor<5x6xf32>) -> tensor<*xf32>
  return %y : tensor<*xf32>
}

// -----

func.func @too_few(%x: tensor<5x6xf32>, %s: tensor<1xf32>) -> tensor<*xf32> {
  // expected-error@+1 {{expects a number for each of 2 axes, found 1}}
  %y = onnx.Resize(%x, _, %s) : (tensor<5x6xf32>, tensor<1xf32>) -> tensor<*xf32>
  return %y : tensor<*xf32>
}

// -----

func.func @axis_twice(%x: tensor<5x6xf32>, %s: tensor<2xf32>) -> tensor<*xf32> {
  // expected-error@+1 {{expects different axes, found 1 twice}}
  %y = onnx.Resize(%x, _, %s) {axes = array<i64: 1, -1>} : (tensor<5x6xf32>, tensor<2xf32>) -> tensor<*xf32>
  return %y : tensor<*xf32>
}
