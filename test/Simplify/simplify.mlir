// RUN: retort-opt %s --simplify --split-input-file | FileCheck %s

// Constants are computed as the element type would; shapes that follow from those of the inputs need no Shape.
// CHECK-LABEL: @heads
func.func @heads(%x: tensor<?x?x64xf32>) -> tensor<*xf32> {
  // CHECK-DAG: %[[SHAPE:.*]] = onnx.Constant() {value = dense<[0, 0, 8, 8]> : tensor<4xi64>}
  // CHECK-DAG: %[[ROOT:.*]] = onnx.Constant() {value = dense<1.41421354> : tensor<f32>}
  // CHECK-DAG: %[[HEADS:.*]] = onnx.Reshape(%{{.*}}, %[[SHAPE]])
  // CHECK: onnx.Mul(%[[HEADS]], %[[ROOT]])
  %sizes = onnx.Shape(%x) {end = 2 : i64} : (tensor<?x?x64xf32>) -> tensor<*xi64>
  %rest = onnx.Constant() {value = dense<[8, -1]> : tensor<2xi64>} : () -> tensor<2xi64>
  %shape = onnx.Concat(%sizes, %rest) {axis = 0 : i64} : (tensor<*xi64>, tensor<2xi64>) -> tensor<*xi64>
  %heads = onnx.Reshape(%x, %shape) : (tensor<?x?x64xf32>, tensor<*xi64>) -> tensor<*xf32>
  %two = onnx.Constant() {value = dense<2.0> : tensor<f32>} : () -> tensor<f32>
  %root = onnx.Sqrt(%two) : (tensor<f32>) -> tensor<f32>
  %y = onnx.Mul(%heads, %root) : (tensor<*xf32>, tensor<f32>) -> tensor<*xf32>
  return %y : tensor<*xf32>
}

// -----

// CHECK-LABEL: @identities
// CHECK-SAME: (%[[X:.*]]: tensor<?x4xf32>
// CHECK-NEXT: return %[[X]]
func.func @identities(%x: tensor<?x4xf32>) -> tensor<*xf32> {
  %0 = onnx.Identity(%x) : (tensor<?x4xf32>) -> tensor<*xf32>
  %1 = onnx.Cast(%0) {to = 1 : i64} : (tensor<*xf32>) -> tensor<*xf32>
  %zero = onnx.Constant() {value = dense<0.0> : tensor<f32>} : () -> tensor<f32>
  %one = onnx.Constant() {value = dense<1.0> : tensor<1xf32>} : () -> tensor<1xf32>
  %2 = onnx.Add(%zero, %1) : (tensor<f32>, tensor<*xf32>) -> tensor<*xf32>
  %3 = onnx.Div(%2, %one) : (tensor<*xf32>, tensor<1xf32>) -> tensor<*xf32>
  %4 = onnx.Transpose(%3) {perm = array<i64: 1, 0>} : (tensor<*xf32>) -> tensor<*xf32>
  %5 = onnx.Transpose(%4) {perm = array<i64: 1, 0>} : (tensor<*xf32>) -> tensor<*xf32>
  %axis = onnx.Constant() {value = dense<1> : tensor<1xi64>} : () -> tensor<1xi64>
  %6 = onnx.Unsqueeze(%5, %axis) : (tensor<*xf32>, tensor<1xi64>) -> tensor<*xf32>
  %7 = onnx.Squeeze(%6, %axis) : (tensor<*xf32>, tensor<1xi64>) -> tensor<*xf32>
  %sizes = onnx.Shape(%x) : (tensor<?x4xf32>) -> tensor<*xi64>
  %8 = onnx.Expand(%7, %sizes) : (tensor<*xf32>, tensor<*xi64>) -> tensor<*xf32>
  %9 = onnx.Concat(%8) {axis = 0 : i64} : (tensor<*xf32>) -> tensor<*xf32>
  %10 = onnx.Dropout(%9) : (tensor<*xf32>) -> tensor<*xf32>
  return %10 : tensor<*xf32>
}

// -----

// An addend with more axes makes the result larger.
// CHECK-LABEL: @not_an_identity
func.func @not_an_identity(%x: tensor<4xf32>) -> tensor<*xf32> {
  // CHECK: onnx.Add
  %zero = onnx.Constant() {value = dense<0.0> : tensor<2x4xf32>} : () -> tensor<2x4xf32>
  %0 = onnx.Add(%x, %zero) : (tensor<4xf32>, tensor<2x4xf32>) -> tensor<*xf32>
  return %0 : tensor<*xf32>
}

// -----

// A compressed weight is an expression, and stays one.
// CHECK-LABEL: @compressed
func.func @compressed(%x: tensor<?x2xf32>) -> tensor<*xf32> {
  // CHECK: onnx.DequantizeLinear
  // CHECK: onnx.MatMul
  %codes = onnx.Constant() {value = dense<[[1, 2], [3, 4]]> : tensor<2x2xi8>} : () -> tensor<2x2xi8>
  %scale = onnx.Constant() {value = dense<0.5> : tensor<f32>} : () -> tensor<f32>
  %w = onnx.DequantizeLinear(%codes, %scale) : (tensor<2x2xi8>, tensor<f32>) -> tensor<*xf32>
  %y = onnx.MatMul(%x, %w) : (tensor<?x2xf32>, tensor<*xf32>) -> tensor<*xf32>
  return %y : tensor<*xf32>
}

// -----

// A division by zero is left to run time, and so is an index outside.
// CHECK-LABEL: @refused
func.func @refused() -> (tensor<*xi64>, tensor<*xi64>) {
  // CHECK: onnx.Div
  // CHECK: onnx.Gather
  %zero = onnx.Constant() {value = dense<0> : tensor<i64>} : () -> tensor<i64>
  %seven = onnx.Constant() {value = dense<7> : tensor<i64>} : () -> tensor<i64>
  %data = onnx.Constant() {value = dense<[1, 2]> : tensor<2xi64>} : () -> tensor<2xi64>
  %0 = onnx.Div(%seven, %zero) : (tensor<i64>, tensor<i64>) -> tensor<*xi64>
  %1 = onnx.Gather(%data, %seven) : (tensor<2xi64>, tensor<i64>) -> tensor<*xi64>
  return %0, %1 : tensor<*xi64>, tensor<*xi64>
}

// -----

// A small file cannot ask for a large constant.
// CHECK-LABEL: @huge
func.func @huge() -> tensor<*xf32> {
  // CHECK: onnx.ConstantOfShape
  %shape = onnx.Constant() {value = dense<[1000000, 1000000]> : tensor<2xi64>} : () -> tensor<2xi64>
  %0 = onnx.ConstantOfShape(%shape) : (tensor<2xi64>) -> tensor<*xf32>
  return %0 : tensor<*xf32>
}

// Codes of a constant are what they stand for.
// CHECK-LABEL: func.func @fake_quantize_of_constants
// CHECK: dense<[-5.000000e-01, 1.500000e+00, 0.000000e+00]> : tensor<3xf32>
func.func @fake_quantize_of_constants() -> tensor<3xf32> {
  %x = onnx.Constant() {value = dense<[-0.6, 7.0, 0.25]> : tensor<3xf32>} : () -> tensor<3xf32>
  %s = onnx.Constant() {value = dense<0.5> : tensor<f32>} : () -> tensor<f32>
  %0 = compress.fake_quantize(%x, %s) {bits = 3 : i64} : (tensor<3xf32>, tensor<f32>) -> tensor<3xf32>
  return %0 : tensor<3xf32>
}
