// More ways to write attention: what layouts exporters give scores, and masks that stay values.
// RUN: retort-opt %s --recognize-attention --split-input-file | FileCheck %s

// Batch and heads are one axis, and so they are of a bias by head (ALiBi), which gets two.
// CHECK-LABEL: @heads_in_the_batch
// CHECK: %[[BIAS:.*]] = onnx.Reshape(%arg3, %{{.*}}) : {{.*}} -> tensor<?x2x1x?xf32>
// CHECK: %[[Y:.*]], %{{.*}}, %{{.*}} = llm.attention(%arg0, %arg1, %arg2 bias %[[BIAS]]) {scale = 5.000000e-01 : f32}
// CHECK: onnx.Reshape(%[[Y]]
func.func @heads_in_the_batch(%q: tensor<?x2x?x4xf32> {onnx.dims = ["b", "", "t", ""]}, %k: tensor<?x2x?x4xf32> {onnx.dims = ["b", "", "t", ""]},
                              %v: tensor<?x2x?x4xf32> {onnx.dims = ["b", "", "t", ""]}, %alibi: tensor<?x1x?xf32> {onnx.name = "mask", onnx.dims = ["bh", "", "t"]}) -> tensor<?x?x4xf32> {
  %half = onnx.Constant() {value = dense<0.5> : tensor<f32>} : () -> tensor<f32>
  %rows = onnx.Shape(%q) {start = 2 : i64, end = 3 : i64} : (tensor<?x2x?x4xf32>) -> tensor<1xi64>
  %front = onnx.Constant() {value = dense<-1> : tensor<1xi64>} : () -> tensor<1xi64>
  %back = onnx.Constant() {value = dense<4> : tensor<1xi64>} : () -> tensor<1xi64>
  %shape = onnx.Concat(%front, %rows, %back) {axis = 0 : i64} : (tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<3xi64>
  %q3 = onnx.Reshape(%q, %shape) : (tensor<?x2x?x4xf32>, tensor<3xi64>) -> tensor<?x?x4xf32>
  %k3 = onnx.Reshape(%k, %shape) : (tensor<?x2x?x4xf32>, tensor<3xi64>) -> tensor<?x?x4xf32>
  %v3 = onnx.Reshape(%v, %shape) : (tensor<?x2x?x4xf32>, tensor<3xi64>) -> tensor<?x?x4xf32>
  %kt = onnx.Transpose(%k3) {perm = array<i64: 0, 2, 1>} : (tensor<?x?x4xf32>) -> tensor<?x4x?xf32>
  %scores = onnx.MatMul(%q3, %kt) : (tensor<?x?x4xf32>, tensor<?x4x?xf32>) -> tensor<?x?x?xf32>
  %scaled = onnx.Mul(%scores, %half) : (tensor<?x?x?xf32>, tensor<f32>) -> tensor<?x?x?xf32>
  %biased = onnx.Add(%scaled, %alibi) : (tensor<?x?x?xf32>, tensor<?x1x?xf32>) -> tensor<?x?x?xf32>
  %shares = onnx.Softmax(%biased) {axis = -1 : i64} : (tensor<?x?x?xf32>) -> tensor<?x?x?xf32>
  %y = onnx.MatMul(%shares, %v3) : (tensor<?x?x?xf32>, tensor<?x?x4xf32>) -> tensor<?x?x4xf32>
  return %y : tensor<?x?x4xf32>
}

// -----

// Groups of queries are an axis of their own, along which keys broadcast.
// CHECK-LABEL: @groups_broadcast
// CHECK: llm.attention(%arg0, %arg1, %arg2) {scale = 1.000000e+00 : f32} : (tensor<?x6x?x4xf32>, tensor<?x2x?x4xf32>, tensor<?x2x?x4xf32>)
func.func @groups_broadcast(%q: tensor<?x6x?x4xf32> {onnx.dims = ["b", "", "t", ""]}, %k: tensor<?x2x?x4xf32> {onnx.dims = ["b", "", "t", ""]},
                            %v: tensor<?x2x?x4xf32> {onnx.dims = ["b", "", "t", ""]}) -> tensor<?x2x3x?x4xf32> {
  %axis = onnx.Constant() {value = dense<2> : tensor<1xi64>} : () -> tensor<1xi64>
  %groups = onnx.Constant() {value = dense<[0, 2, 3, -1, 4]> : tensor<5xi64>} : () -> tensor<5xi64>
  %q5 = onnx.Reshape(%q, %groups) : (tensor<?x6x?x4xf32>, tensor<5xi64>) -> tensor<?x2x3x?x4xf32>
  %k5 = onnx.Unsqueeze(%k, %axis) : (tensor<?x2x?x4xf32>, tensor<1xi64>) -> tensor<?x2x1x?x4xf32>
  %v5 = onnx.Unsqueeze(%v, %axis) : (tensor<?x2x?x4xf32>, tensor<1xi64>) -> tensor<?x2x1x?x4xf32>
  %kt = onnx.Transpose(%k5) {perm = array<i64: 0, 1, 2, 4, 3>} : (tensor<?x2x1x?x4xf32>) -> tensor<?x2x1x4x?xf32>
  %scores = onnx.MatMul(%q5, %kt) : (tensor<?x2x3x?x4xf32>, tensor<?x2x1x4x?xf32>) -> tensor<?x2x3x?x?xf32>
  %shares = onnx.Softmax(%scores) {axis = -1 : i64} : (tensor<?x2x3x?x?xf32>) -> tensor<?x2x3x?x?xf32>
  %y = onnx.MatMul(%shares, %v5) : (tensor<?x2x3x?x?xf32>, tensor<?x2x1x?x4xf32>) -> tensor<?x2x3x?x4xf32>
  return %y : tensor<?x2x3x?x4xf32>
}

// -----

// Scores of 16 bits are widened for the softmax; the mask is an input of four axes and stays.
// CHECK-LABEL: @wide_softmax
// CHECK: llm.attention(%arg0, %arg1, %arg2 bias %arg3) {scale = 5.000000e-01 : f32} : (tensor<?x2x?x4xf16>
func.func @wide_softmax(%q: tensor<?x2x?x4xf16> {onnx.dims = ["b", "", "t", ""]}, %k: tensor<?x2x?x4xf16> {onnx.dims = ["b", "", "t", ""]},
                        %v: tensor<?x2x?x4xf16> {onnx.dims = ["b", "", "t", ""]}, %mask: tensor<?x1x?x?xf32> {onnx.dims = ["b", "", "t", "t"]}) -> tensor<?x2x?x4xf16> {
  %half = onnx.Constant() {value = dense<0.5> : tensor<f16>} : () -> tensor<f16>
  %kt = onnx.Transpose(%k) {perm = array<i64: 0, 1, 3, 2>} : (tensor<?x2x?x4xf16>) -> tensor<?x2x4x?xf16>
  %scores = onnx.MatMul(%q, %kt) : (tensor<?x2x?x4xf16>, tensor<?x2x4x?xf16>) -> tensor<?x2x?x?xf16>
  %scaled = onnx.Mul(%scores, %half) : (tensor<?x2x?x?xf16>, tensor<f16>) -> tensor<?x2x?x?xf16>
  %wide = onnx.Cast(%scaled) {to = 1 : i64} : (tensor<?x2x?x?xf16>) -> tensor<?x2x?x?xf32>
  %masked = onnx.Add(%wide, %mask) : (tensor<?x2x?x?xf32>, tensor<?x1x?x?xf32>) -> tensor<?x2x?x?xf32>
  %shares = onnx.Softmax(%masked) {axis = -1 : i64} : (tensor<?x2x?x?xf32>) -> tensor<?x2x?x?xf32>
  %narrow = onnx.Cast(%shares) {to = 10 : i64} : (tensor<?x2x?x?xf32>) -> tensor<?x2x?x?xf16>
  %y = onnx.MatMul(%narrow, %v) : (tensor<?x2x?x?xf16>, tensor<?x2x?x4xf16>) -> tensor<?x2x?x4xf16>
  return %y : tensor<?x2x?x4xf16>
}

// -----

// A condition that is an input stays a mask; rows of NaN become zero.
// CHECK-LABEL: @condition
// CHECK: %[[SEES:.*]] = onnx.Not(%arg3)
// CHECK: llm.attention(%arg0, %arg1, %arg2 mask %[[SEES]]) {scale = 1.000000e+00 : f32}
// CHECK-NOT: onnx.IsNaN
func.func @condition(%q: tensor<?x2x?x4xf32> {onnx.dims = ["b", "", "t", ""]}, %k: tensor<?x2x?x4xf32> {onnx.dims = ["b", "", "t", ""]},
                     %v: tensor<?x2x?x4xf32> {onnx.dims = ["b", "", "t", ""]}, %hidden: tensor<?x1x?x?xi1> {onnx.dims = ["b", "", "t", "t"]}) -> tensor<?x2x?x4xf32> {
  %low = onnx.Constant() {value = dense<0xFF800000> : tensor<f32>} : () -> tensor<f32>
  %zero = onnx.Constant() {value = dense<0.0> : tensor<f32>} : () -> tensor<f32>
  %kt = onnx.Transpose(%k) {perm = array<i64: 0, 1, 3, 2>} : (tensor<?x2x?x4xf32>) -> tensor<?x2x4x?xf32>
  %scores = onnx.MatMul(%q, %kt) : (tensor<?x2x?x4xf32>, tensor<?x2x4x?xf32>) -> tensor<?x2x?x?xf32>
  %masked = onnx.Where(%hidden, %low, %scores) : (tensor<?x1x?x?xi1>, tensor<f32>, tensor<?x2x?x?xf32>) -> tensor<?x2x?x?xf32>
  %softmax = onnx.Softmax(%masked) {axis = -1 : i64} : (tensor<?x2x?x?xf32>) -> tensor<?x2x?x?xf32>
  %nan = onnx.IsNaN(%softmax) : (tensor<?x2x?x?xf32>) -> tensor<?x2x?x?xi1>
  %shares = onnx.Where(%nan, %zero, %softmax) : (tensor<?x2x?x?xi1>, tensor<f32>, tensor<?x2x?x?xf32>) -> tensor<?x2x?x?xf32>
  %y = onnx.MatMul(%shares, %v) : (tensor<?x2x?x?xf32>, tensor<?x2x?x4xf32>) -> tensor<?x2x?x4xf32>
  return %y : tensor<?x2x?x4xf32>
}

// -----

// One new row, and a past with heads behind rows, which is no cache: keys and values stay joined.
// CHECK-LABEL: @single_row
// CHECK: %[[JOINED:.*]] = onnx.Concat(%arg3, %arg1) {axis = 1 : i64}
// CHECK: %[[K:.*]] = onnx.Transpose(%[[JOINED]]) {perm = array<i64: 0, 2, 1, 3>}
// CHECK: llm.attention(%{{.*}}, %[[K]], %{{.*}}) {scale = 1.000000e+00 : f32}
func.func @single_row(%q: tensor<1x1x2x4xf32>, %k: tensor<1x1x2x4xf32>, %v: tensor<1x1x2x4xf32>,
                      %pk: tensor<1x?x2x4xf32> {onnx.dims = ["", "p", "", ""]}, %pv: tensor<1x?x2x4xf32> {onnx.dims = ["", "p", "", ""]}) -> tensor<1x2x1x4xf32> {
  %ks = onnx.Concat(%pk, %k) {axis = 1 : i64} : (tensor<1x?x2x4xf32>, tensor<1x1x2x4xf32>) -> tensor<1x?x2x4xf32>
  %vs = onnx.Concat(%pv, %v) {axis = 1 : i64} : (tensor<1x?x2x4xf32>, tensor<1x1x2x4xf32>) -> tensor<1x?x2x4xf32>
  %qh = onnx.Transpose(%q) {perm = array<i64: 0, 2, 1, 3>} : (tensor<1x1x2x4xf32>) -> tensor<1x2x1x4xf32>
  %kt = onnx.Transpose(%ks) {perm = array<i64: 0, 2, 3, 1>} : (tensor<1x?x2x4xf32>) -> tensor<1x2x4x?xf32>
  %vh = onnx.Transpose(%vs) {perm = array<i64: 0, 2, 1, 3>} : (tensor<1x?x2x4xf32>) -> tensor<1x2x?x4xf32>
  %scores = onnx.MatMul(%qh, %kt) : (tensor<1x2x1x4xf32>, tensor<1x2x4x?xf32>) -> tensor<1x2x1x?xf32>
  %shares = onnx.Softmax(%scores) {axis = -1 : i64} : (tensor<1x2x1x?xf32>) -> tensor<1x2x1x?xf32>
  %y = onnx.MatMul(%shares, %vh) : (tensor<1x2x1x?xf32>, tensor<1x2x?x4xf32>) -> tensor<1x2x1x4xf32>
  return %y : tensor<1x2x1x4xf32>
}
