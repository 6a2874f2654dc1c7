// Attention that is almost one: the reason is a remark, and the graph stays as it is.
// RUN: retort-opt %s --recognize-attention --split-input-file --remarks-filter-missed=recognize --remark-format=emitRemark -o %t 2>&1 | FileCheck %s
// RUN: FileCheck %s --input-file=%t --check-prefix=SAME
// SAME-NOT: llm.attention

// CHECK: [Missed] recognize-attention {{.*}} Reason="scores are scaled by different numbers"
func.func @scale_by_head(%q: tensor<?x2x?x4xf32> {onnx.dims = ["b", "", "t", ""]}, %k: tensor<?x2x?x4xf32> {onnx.dims = ["b", "", "t", ""]}) -> tensor<?x2x?x4xf32> {
  %scales = onnx.Constant() {value = dense<[[[1.0]], [[2.0]]]> : tensor<2x1x1xf32>} : () -> tensor<2x1x1xf32>
  %kt = onnx.Transpose(%k) {perm = array<i64: 0, 1, 3, 2>} : (tensor<?x2x?x4xf32>) -> tensor<?x2x4x?xf32>
  %scores = onnx.MatMul(%q, %kt) : (tensor<?x2x?x4xf32>, tensor<?x2x4x?xf32>) -> tensor<?x2x?x?xf32>
  %scaled = onnx.Mul(%scores, %scales) : (tensor<?x2x?x?xf32>, tensor<2x1x1xf32>) -> tensor<?x2x?x?xf32>
  %shares = onnx.Softmax(%scaled) {axis = -1 : i64} : (tensor<?x2x?x?xf32>) -> tensor<?x2x?x?xf32>
  %y = onnx.MatMul(%shares, %k) : (tensor<?x2x?x?xf32>, tensor<?x2x?x4xf32>) -> tensor<?x2x?x4xf32>
  return %y : tensor<?x2x?x4xf32>
}

// -----

// CHECK: Reason="'onnx.Relu' stands between the scores and their softmax"
func.func @activated_scores(%q: tensor<?x2x?x4xf32> {onnx.dims = ["b", "", "t", ""]}, %k: tensor<?x2x?x4xf32> {onnx.dims = ["b", "", "t", ""]}) -> tensor<?x2x?x4xf32> {
  %kt = onnx.Transpose(%k) {perm = array<i64: 0, 1, 3, 2>} : (tensor<?x2x?x4xf32>) -> tensor<?x2x4x?xf32>
  %scores = onnx.MatMul(%q, %kt) : (tensor<?x2x?x4xf32>, tensor<?x2x4x?xf32>) -> tensor<?x2x?x?xf32>
  %active = onnx.Relu(%scores) : (tensor<?x2x?x?xf32>) -> tensor<?x2x?x?xf32>
  %shares = onnx.Softmax(%active) {axis = -1 : i64} : (tensor<?x2x?x?xf32>) -> tensor<?x2x?x?xf32>
  %y = onnx.MatMul(%shares, %k) : (tensor<?x2x?x?xf32>, tensor<?x2x?x4xf32>) -> tensor<?x2x?x4xf32>
  return %y : tensor<?x2x?x4xf32>
}

// -----

// CHECK: Reason="the softmax has other uses"
func.func @shares_returned(%q: tensor<?x2x?x4xf32> {onnx.dims = ["b", "", "t", ""]}, %k: tensor<?x2x?x4xf32> {onnx.dims = ["b", "", "t", ""]}) -> (tensor<?x2x?x4xf32>, tensor<?x2x?x?xf32>) {
  %kt = onnx.Transpose(%k) {perm = array<i64: 0, 1, 3, 2>} : (tensor<?x2x?x4xf32>) -> tensor<?x2x4x?xf32>
  %scores = onnx.MatMul(%q, %kt) : (tensor<?x2x?x4xf32>, tensor<?x2x4x?xf32>) -> tensor<?x2x?x?xf32>
  %shares = onnx.Softmax(%scores) {axis = -1 : i64} : (tensor<?x2x?x?xf32>) -> tensor<?x2x?x?xf32>
  %y = onnx.MatMul(%shares, %k) : (tensor<?x2x?x?xf32>, tensor<?x2x?x4xf32>) -> tensor<?x2x?x4xf32>
  return %y, %shares : tensor<?x2x?x4xf32>, tensor<?x2x?x?xf32>
}

// -----

// CHECK: Reason="the softmax is not along the columns"
func.func @other_axis(%q: tensor<?x2x?x4xf32> {onnx.dims = ["b", "", "t", ""]}, %k: tensor<?x2x?x4xf32> {onnx.dims = ["b", "", "t", ""]}) -> tensor<?x2x?x4xf32> {
  %kt = onnx.Transpose(%k) {perm = array<i64: 0, 1, 3, 2>} : (tensor<?x2x?x4xf32>) -> tensor<?x2x4x?xf32>
  %scores = onnx.MatMul(%q, %kt) : (tensor<?x2x?x4xf32>, tensor<?x2x4x?xf32>) -> tensor<?x2x?x?xf32>
  %shares = onnx.Softmax(%scores) {axis = 2 : i64} : (tensor<?x2x?x?xf32>) -> tensor<?x2x?x?xf32>
  %y = onnx.MatMul(%shares, %k) : (tensor<?x2x?x?xf32>, tensor<?x2x?x4xf32>) -> tensor<?x2x?x4xf32>
  return %y : tensor<?x2x?x4xf32>
}

// -----

// Hidden scores of -100 still have a share.
// CHECK: Reason="hidden scores become -100.0
func.func @weak_fill(%q: tensor<?x2x?x4xf32> {onnx.dims = ["b", "", "t", ""]}, %k: tensor<?x2x?x4xf32> {onnx.dims = ["b", "", "t", ""]}, %sees: tensor<?x1x1x?xi1> {onnx.dims = ["b", "", "", "t"]}) -> tensor<?x2x?x4xf32> {
  %low = onnx.Constant() {value = dense<-100.0> : tensor<f32>} : () -> tensor<f32>
  %kt = onnx.Transpose(%k) {perm = array<i64: 0, 1, 3, 2>} : (tensor<?x2x?x4xf32>) -> tensor<?x2x4x?xf32>
  %scores = onnx.MatMul(%q, %kt) : (tensor<?x2x?x4xf32>, tensor<?x2x4x?xf32>) -> tensor<?x2x?x?xf32>
  %masked = onnx.Where(%sees, %scores, %low) : (tensor<?x1x1x?xi1>, tensor<?x2x?x?xf32>, tensor<f32>) -> tensor<?x2x?x?xf32>
  %shares = onnx.Softmax(%masked) {axis = -1 : i64} : (tensor<?x2x?x?xf32>) -> tensor<?x2x?x?xf32>
  %y = onnx.MatMul(%shares, %k) : (tensor<?x2x?x?xf32>, tensor<?x2x?x4xf32>) -> tensor<?x2x?x4xf32>
  return %y : tensor<?x2x?x4xf32>
}

// -----

// A choice among weights by the text, as a mixture of experts makes it, is no attention, and no remark.
// CHECK-NOT: [Missed]
func.func @router(%x: tensor<?x?x4xf32> {onnx.dims = ["b", "t", ""]}) -> tensor<?x?x2xf32> {
  %w = onnx.initializer "w" dense<1.0> : tensor<4x2xf32>
  %scores = onnx.MatMul(%x, %w) : (tensor<?x?x4xf32>, tensor<4x2xf32>) -> tensor<?x?x2xf32>
  %shares = onnx.Softmax(%scores) {axis = -1 : i64} : (tensor<?x?x2xf32>) -> tensor<?x?x2xf32>
  return %shares : tensor<?x?x2xf32>
}
