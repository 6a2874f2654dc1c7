// RUN: retort-opt %s --distribute-scan -o %t --remarks-filter=".*" --remark-policy=all 2>&1 | FileCheck %s --check-prefix=REASON
// RUN: FileCheck %s < %t

// REASON: its body holds other graphs
// REASON: 'onnx.CumSum' op is computed step by step: no form of it computes all steps at once
// CHECK-LABEL: func.func @holds_a_graph
// CHECK: onnx.Scan
// CHECK: onnx.If
func.func @holds_a_graph(%s: tensor<2xf32>, %x: tensor<?x2xf32>, %c: tensor<i1>) -> tensor<2xf32> {
  %0:2 = onnx.Scan(%s, %x) {
  ^bb0(%state: tensor<2xf32>, %row: tensor<2xf32>):
    %n = onnx.If(%c) {
      onnx.yield %state : tensor<2xf32>
    } {
      onnx.yield %row : tensor<2xf32>
    } : (tensor<i1>) -> tensor<2xf32>
    onnx.yield %n, %n : tensor<2xf32>, tensor<2xf32>
  } {num_scan_inputs = 1 : i64} : (tensor<2xf32>, tensor<?x2xf32>) -> (tensor<2xf32>, tensor<?x2xf32>)
  return %0#0 : tensor<2xf32>
}

// What comes before the state is computed of all steps at once, but for what has no such form.
// CHECK-LABEL: func.func @sums_in_each_step
// CHECK: onnx.Scan
// CHECK: onnx.CumSum
func.func @sums_in_each_step(%s: tensor<2xf32>, %x: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %axis = onnx.Constant() {value = dense<0> : tensor<i64>} : () -> tensor<i64>
  %0:2 = onnx.Scan(%s, %x) {
  ^bb0(%state: tensor<2xf32>, %row: tensor<2xf32>):
    %n = onnx.CumSum(%row, %axis) : (tensor<2xf32>, tensor<i64>) -> tensor<2xf32>
    onnx.yield %state, %n : tensor<2xf32>, tensor<2xf32>
  } {num_scan_inputs = 1 : i64} : (tensor<2xf32>, tensor<?x2xf32>) -> (tensor<2xf32>, tensor<?x2xf32>)
  return %0#1 : tensor<?x2xf32>
}
