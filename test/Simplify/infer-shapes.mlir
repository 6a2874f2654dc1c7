// Types from nothing: sizes are followed through Shape, arithmetic and Concat into Reshape.
// RUN: retort-opt %s --onnx-infer-shapes --split-input-file | FileCheck %s

// CHECK-LABEL: @heads
// CHECK-SAME: -> tensor<?x8x?x8xf32>
func.func @heads(%ids: tensor<?x?xi64> {onnx.dims = ["b", "s"]}, %x: tensor<?x?x64xf32> {onnx.dims = ["b", "s", ""]})
    -> tensor<*xf32> {
  // CHECK: onnx.Shape({{.*}}) : (tensor<?x?xi64>) -> tensor<2xi64>
  %sizes = onnx.Shape(%ids) : (tensor<?x?xi64>) -> tensor<*xi64>
  %rest = onnx.Constant() {value = dense<[8, -1]> : tensor<2xi64>} : () -> tensor<2xi64>
  %shape = onnx.Concat(%sizes, %rest) {axis = 0 : i64} : (tensor<*xi64>, tensor<2xi64>) -> tensor<*xi64>
  // CHECK: onnx.Reshape({{.*}}) : (tensor<?x?x64xf32>, tensor<4xi64>) -> tensor<?x?x8x8xf32>
  %split = onnx.Reshape(%x, %shape) : (tensor<?x?x64xf32>, tensor<*xi64>) -> tensor<*xf32>
  %heads = onnx.Transpose(%split) {perm = array<i64: 0, 2, 1, 3>} : (tensor<*xf32>) -> tensor<*xf32>
  return %heads : tensor<*xf32>
}

// -----

// The width of the two halves of a rotated vector: a slice whose bounds are computed.
// CHECK-LABEL: @half
// CHECK-SAME: -> tensor<?x4xf32>
func.func @half(%x: tensor<?x8xf32>) -> tensor<*xf32> {
  %sizes = onnx.Shape(%x) : (tensor<?x8xf32>) -> tensor<*xi64>
  %one = onnx.Constant() {value = dense<1> : tensor<1xi64>} : () -> tensor<1xi64>
  %two = onnx.Constant() {value = dense<2> : tensor<1xi64>} : () -> tensor<1xi64>
  %zero = onnx.Constant() {value = dense<0> : tensor<1xi64>} : () -> tensor<1xi64>
  %width = onnx.Gather(%sizes, %one) : (tensor<*xi64>, tensor<1xi64>) -> tensor<*xi64>
  %half = onnx.Div(%width, %two) : (tensor<*xi64>, tensor<1xi64>) -> tensor<*xi64>
  %y = onnx.Slice(%x, %zero, %half, %one) : (tensor<?x8xf32>, tensor<1xi64>, tensor<*xi64>, tensor<1xi64>) -> tensor<*xf32>
  return %y : tensor<*xf32>
}

// -----

// TorchScript asks whether a size is -1 before it expands: sizes are not negative.
// CHECK-LABEL: @expand
// CHECK: onnx.Expand({{.*}}) : (tensor<1x4xf32>, tensor<2xi64>) -> tensor<?x4xf32>
func.func @expand(%x: tensor<1x4xf32>, %y: tensor<?x4xf32>) -> tensor<*xf32> {
  %sizes = onnx.Shape(%y) : (tensor<?x4xf32>) -> tensor<*xi64>
  %minus = onnx.Constant() {value = dense<-1> : tensor<2xi64>} : () -> tensor<2xi64>
  %ones = onnx.Constant() {value = dense<1> : tensor<2xi64>} : () -> tensor<2xi64>
  %keep = onnx.Equal(%sizes, %minus) : (tensor<*xi64>, tensor<2xi64>) -> tensor<*xi1>
  %shape = onnx.Where(%keep, %ones, %sizes) : (tensor<*xi1>, tensor<2xi64>, tensor<*xi64>) -> tensor<*xi64>
  %z = onnx.Expand(%x, %shape) : (tensor<1x4xf32>, tensor<*xi64>) -> tensor<*xf32>
  return %z : tensor<*xf32>
}

// -----

// Sizes of different names may differ or be 1: what they broadcast to is not known, its rank is.
// CHECK-LABEL: @names
// CHECK: onnx.Add({{.*}}) -> tensor<?x5xf32>
func.func @names(%a: tensor<?x5xf32> {onnx.dims = ["m", ""]}, %b: tensor<?x1xf32> {onnx.dims = ["n", ""]}) -> tensor<*xf32> {
  %c = onnx.Add(%a, %b) : (tensor<?x5xf32>, tensor<?x1xf32>) -> tensor<*xf32>
  return %c : tensor<*xf32>
}
