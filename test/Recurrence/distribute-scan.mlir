// RUN: retort-opt %s --distribute-scan | FileCheck %s

// Two states that the body stacks: rows as they came, which are a delay, and a sum that needs a step after the other. The product
// is one of all rows.
// CHECK-LABEL: func.func @main
// CHECK-SAME: %[[IDS:[a-z0-9]+]]: tensor<2x?x3xf32>, %[[W:[a-z0-9]+]]: tensor<3x3xf32>
// CHECK: %[[X:.*]] = onnx.Transpose(%[[IDS]]) {perm = array<i64: 1, 0, 2>}
// CHECK: %[[SEEN:.*]] = onnx.Concat(%{{.*}}, %[[X]]) {axis = 0 : i64}
// CHECK: %[[BEFORE:.*]] = onnx.Slice(%[[SEEN]]
// CHECK: %[[SUM:.*]] = onnx.Add(%[[X]], %[[BEFORE]])
// CHECK: %[[P:.*]] = onnx.MatMul(%[[SUM]], %[[W]]) : (tensor<?x2x3xf32>, tensor<3x3xf32>) -> tensor<?x2x3xf32>
// CHECK: %[[N:.*]]:2 = onnx.Scan(%{{.*}}, %[[P]]) {
// CHECK-NEXT: ^bb0(%[[S:.*]]: tensor<2x3xf32>, %[[ROW:.*]]: tensor<2x3xf32>):
// CHECK-NEXT: %[[T:.*]] = onnx.Tanh(%[[S]])
// CHECK-NEXT: %[[NEXT:.*]] = onnx.Add(%[[T]], %[[ROW]])
// CHECK-NEXT: onnx.yield %[[NEXT]], %[[NEXT]]
// CHECK: %[[Y:.*]] = onnx.Mul(%[[N]]#1, %[[X]])
// CHECK: %[[LAST:.*]] = onnx.Concat(%{{.*}}, %{{.*}}) {axis = 0 : i64} : {{.*}} -> tensor<2x2x3xf32>
// CHECK: %[[ROWS:.*]] = onnx.Transpose(%[[Y]]) {perm = array<i64: 1, 0, 2>}
// CHECK: return %[[ROWS]], %[[LAST]]
func.func @main(%ids: tensor<2x?x3xf32>, %w: tensor<3x3xf32>) -> (tensor<2x?x3xf32>, tensor<2x2x3xf32>) {
  %z = onnx.Constant() {value = dense<0.0> : tensor<2x2x3xf32>} : () -> tensor<2x2x3xf32>
  %0:2 = onnx.Scan(%z, %ids) {
  ^bb0(%s: tensor<2x2x3xf32>, %x: tensor<2x3xf32>):
    %i0 = onnx.Constant() {value = dense<0> : tensor<i64>} : () -> tensor<i64>
    %i1 = onnx.Constant() {value = dense<1> : tensor<i64>} : () -> tensor<i64>
    %a0 = onnx.Constant() {value = dense<0> : tensor<1xi64>} : () -> tensor<1xi64>
    %shift = onnx.Gather(%s, %i0) {axis = 0 : i64} : (tensor<2x2x3xf32>, tensor<i64>) -> tensor<2x3xf32>
    %sum = onnx.Gather(%s, %i1) {axis = 0 : i64} : (tensor<2x2x3xf32>, tensor<i64>) -> tensor<2x3xf32>
    %m = onnx.Add(%x, %shift) : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>
    %p = onnx.MatMul(%m, %w) : (tensor<2x3xf32>, tensor<3x3xf32>) -> tensor<2x3xf32>
    %t = onnx.Tanh(%sum) : (tensor<2x3xf32>) -> tensor<2x3xf32>
    %n = onnx.Add(%t, %p) : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>
    %y = onnx.Mul(%n, %x) : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>
    %u0 = onnx.Unsqueeze(%x, %a0) : (tensor<2x3xf32>, tensor<1xi64>) -> tensor<1x2x3xf32>
    %u1 = onnx.Unsqueeze(%n, %a0) : (tensor<2x3xf32>, tensor<1xi64>) -> tensor<1x2x3xf32>
    %next = onnx.Concat(%u0, %u1) {axis = 0 : i64} : (tensor<1x2x3xf32>, tensor<1x2x3xf32>) -> tensor<2x2x3xf32>
    onnx.yield %next, %y : tensor<2x2x3xf32>, tensor<2x3xf32>
  } {num_scan_inputs = 1 : i64, scan_input_axes = array<i64: 1>, scan_output_axes = array<i64: 1>} : (tensor<2x2x3xf32>, tensor<2x?x3xf32>) -> (tensor<2x2x3xf32>, tensor<2x?x3xf32>)
  return %0#1, %0#0 : tensor<2x?x3xf32>, tensor<2x2x3xf32>
}

// An update that is a rule of retention becomes one over all rows, from zeros: no state is given.
// CHECK-LABEL: func.func @retention
// CHECK-NOT: onnx.Scan
// CHECK: llm.retention gated(%{{.*}}, %{{.*}}, %{{.*}} decay %{{.*}}) {scale = 1.000000e+00 : f32} : (tensor<2x1x?x3xf32>, tensor<2x1x?x3xf32>, tensor<2x1x?x3xf32>, tensor<1x1x1x1xf32>)
// CHECK: return
func.func @retention(%x: tensor<?x2x3xf32>) -> tensor<?x2x1x3xf32> {
  %z = onnx.Constant() {value = dense<0.0> : tensor<2x3x3xf32>} : () -> tensor<2x3x3xf32>
  %0:2 = onnx.Scan(%z, %x) {
  ^bb0(%s: tensor<2x3x3xf32>, %row: tensor<2x3xf32>):
    %a1 = onnx.Constant() {value = dense<1> : tensor<1xi64>} : () -> tensor<1xi64>
    %a2 = onnx.Constant() {value = dense<2> : tensor<1xi64>} : () -> tensor<1xi64>
    %w = onnx.Constant() {value = dense<0.5> : tensor<f32>} : () -> tensor<f32>
    %r = onnx.Unsqueeze(%row, %a1) : (tensor<2x3xf32>, tensor<1xi64>) -> tensor<2x1x3xf32>
    %c = onnx.Unsqueeze(%row, %a2) : (tensor<2x3xf32>, tensor<1xi64>) -> tensor<2x3x1xf32>
    %kept = onnx.Mul(%s, %w) : (tensor<2x3x3xf32>, tensor<f32>) -> tensor<2x3x3xf32>
    %kv = onnx.MatMul(%c, %r) : (tensor<2x3x1xf32>, tensor<2x1x3xf32>) -> tensor<2x3x3xf32>
    %next = onnx.Add(%kept, %kv) : (tensor<2x3x3xf32>, tensor<2x3x3xf32>) -> tensor<2x3x3xf32>
    %y = onnx.MatMul(%r, %next) : (tensor<2x1x3xf32>, tensor<2x3x3xf32>) -> tensor<2x1x3xf32>
    onnx.yield %next, %y : tensor<2x3x3xf32>, tensor<2x1x3xf32>
  } {num_scan_inputs = 1 : i64} : (tensor<2x3x3xf32>, tensor<?x2x3xf32>) -> (tensor<2x3x3xf32>, tensor<?x2x1x3xf32>)
  return %0#1 : tensor<?x2x1x3xf32>
}

// A short convolution: the last two rows are a state, and each row weighs them and itself. The rows are weighed as they come,
// not laid side by side for it.
// CHECK-LABEL: func.func @convolution
// CHECK-NOT: onnx.Scan
// CHECK-NOT: onnx.ReduceSum
// CHECK-COUNT-3: onnx.Mul({{.*}}) : (tensor<?x2x3xf32>, tensor<3xf32>) -> tensor<?x2x3xf32>
// CHECK-NOT: onnx.ReduceSum
// CHECK: return
func.func @convolution(%x: tensor<?x2x3xf32>, %w: tensor<3x3xf32>) -> tensor<?x2x3xf32> {
  %z = onnx.Constant() {value = dense<0.0> : tensor<2x2x3xf32>} : () -> tensor<2x2x3xf32>
  %0:2 = onnx.Scan(%z, %x) {
  ^bb0(%s: tensor<2x2x3xf32>, %row: tensor<2x3xf32>):
    %a1 = onnx.Constant() {value = dense<1> : tensor<1xi64>} : () -> tensor<1xi64>
    %a3 = onnx.Constant() {value = dense<3> : tensor<1xi64>} : () -> tensor<1xi64>
    %r = onnx.Unsqueeze(%row, %a1) : (tensor<2x3xf32>, tensor<1xi64>) -> tensor<2x1x3xf32>
    %window = onnx.Concat(%s, %r) {axis = 1 : i64} : (tensor<2x2x3xf32>, tensor<2x1x3xf32>) -> tensor<2x3x3xf32>
    %weighed = onnx.Mul(%window, %w) : (tensor<2x3x3xf32>, tensor<3x3xf32>) -> tensor<2x3x3xf32>
    %y = onnx.ReduceSum(%weighed, %a1) {keepdims = 0 : i64} : (tensor<2x3x3xf32>, tensor<1xi64>) -> tensor<2x3xf32>
    %next = onnx.Slice(%window, %a1, %a3, %a1) : (tensor<2x3x3xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<2x2x3xf32>
    onnx.yield %next, %y : tensor<2x2x3xf32>, tensor<2x3xf32>
  } {num_scan_inputs = 1 : i64} : (tensor<2x2x3xf32>, tensor<?x2x3xf32>) -> (tensor<2x2x3xf32>, tensor<?x2x3xf32>)
  return %0#1 : tensor<?x2x3xf32>
}
