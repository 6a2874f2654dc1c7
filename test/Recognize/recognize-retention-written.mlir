// RUN: retort-opt %s --recognize-retention | FileCheck %s

// Scores times 0.5^(i - j): the decay is read off the numbers.
// CHECK-LABEL: func.func @masked
// CHECK-SAME: %{{.*}}: tensor<?x?xi64>, %[[Q:[a-z0-9]+]]: tensor<?x1x?x3xf32>, %[[K:[a-z0-9]+]]: tensor<?x1x?x3xf32>, %[[V:[a-z0-9]+]]: tensor<?x1x?x5xf32>
// CHECK-DAG: %[[TURNED:.*]] = onnx.Transpose(%[[K]])
// CHECK-DAG: %[[KEY:.*]] = onnx.Transpose(%[[TURNED]])
// CHECK-DAG: %[[G:.*]] = onnx.Constant() {value = dense<-0.693147182> : tensor<1x1x1x1xf32>}
// CHECK: %[[Y:.*]], %{{.*}} = llm.retention gated(%[[Q]], %[[KEY]], %[[V]] decay %[[G]]) {scale = 1.000000e+00 : f32}
// CHECK: return %[[Y]]
func.func @masked(%input_ids: tensor<?x?xi64>, %q: tensor<?x1x?x3xf32>, %rows: tensor<?x1x?x3xf32>, %v: tensor<?x1x?x5xf32>) -> tensor<?x1x?x5xf32> {
  %k = onnx.Transpose(%rows) {perm = array<i64: 0, 1, 3, 2>} : (tensor<?x1x?x3xf32>) -> tensor<?x1x3x?xf32>
  %zero = onnx.Constant() {value = dense<0> : tensor<i64>} : () -> tensor<i64>
  %one = onnx.Constant() {value = dense<1> : tensor<i64>} : () -> tensor<i64>
  %none = onnx.Constant() {value = dense<0.0> : tensor<f32>} : () -> tensor<f32>
  %log = onnx.Constant() {value = dense<-0.693147180559945> : tensor<f32>} : () -> tensor<f32>
  %a0 = onnx.Constant() {value = dense<0> : tensor<1xi64>} : () -> tensor<1xi64>
  %a1 = onnx.Constant() {value = dense<1> : tensor<1xi64>} : () -> tensor<1xi64>
  %shape = onnx.Shape(%input_ids) : (tensor<?x?xi64>) -> tensor<2xi64>
  %count = onnx.Gather(%shape, %one) {axis = 0 : i64} : (tensor<2xi64>, tensor<i64>) -> tensor<i64>
  %range = onnx.Range(%zero, %count, %one) : (tensor<i64>, tensor<i64>, tensor<i64>) -> tensor<?xi64>
  %i = onnx.Unsqueeze(%range, %a1) : (tensor<?xi64>, tensor<1xi64>) -> tensor<?x1xi64>
  %j = onnx.Unsqueeze(%range, %a0) : (tensor<?xi64>, tensor<1xi64>) -> tensor<1x?xi64>
  %gap = onnx.Sub(%i, %j) : (tensor<?x1xi64>, tensor<1x?xi64>) -> tensor<?x?xi64>
  %sees = onnx.GreaterOrEqual(%gap, %zero) : (tensor<?x?xi64>, tensor<i64>) -> tensor<?x?xi1>
  %steps = onnx.Cast(%gap) {to = 1 : i64} : (tensor<?x?xi64>) -> tensor<?x?xf32>
  %exponent = onnx.Mul(%steps, %log) : (tensor<?x?xf32>, tensor<f32>) -> tensor<?x?xf32>
  %power = onnx.Exp(%exponent) : (tensor<?x?xf32>) -> tensor<?x?xf32>
  %decay = onnx.Where(%sees, %power, %none) : (tensor<?x?xi1>, tensor<?x?xf32>, tensor<f32>) -> tensor<?x?xf32>
  %scores = onnx.MatMul(%q, %k) : (tensor<?x1x?x3xf32>, tensor<?x1x3x?xf32>) -> tensor<?x1x?x?xf32>
  %faded = onnx.Mul(%scores, %decay) : (tensor<?x1x?x?xf32>, tensor<?x?xf32>) -> tensor<?x1x?x?xf32>
  %y = onnx.MatMul(%faded, %v) : (tensor<?x1x?x?xf32>, tensor<?x1x?x5xf32>) -> tensor<?x1x?x5xf32>
  return %y : tensor<?x1x?x5xf32>
}
