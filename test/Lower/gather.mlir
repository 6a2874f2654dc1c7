// RUN: retort-opt %s --lower-to-linalg | FileCheck %s

// Positions are checked in a pass of their own; those below zero count from the end.
// CHECK-LABEL: @checks_positions
// CHECK: %[[OK:.*]] = linalg.generic {{.*}} iterator_types = ["reduction"]
// CHECK: arith.andi
// CHECK: %[[ALL:.*]] = tensor.extract
// CHECK: cf.assert %[[ALL]], "node 'lookup' (Gather): index out of range"
// CHECK: linalg.generic
// CHECK: arith.select
// CHECK: tensor.extract %arg0
func.func @checks_positions(%table: tensor<8x4xf32>, %ids: tensor<?xi64>) -> tensor<?x4xf32> {
  %0 = onnx.Gather(%table, %ids) {onnx.name = "lookup"} : (tensor<8x4xf32>, tensor<?xi64>) -> tensor<?x4xf32>
  return %0 : tensor<?x4xf32>
}

// CHECK-LABEL: @scatters_in_order
// CHECK: cf.assert {{.*}} "node 'onnx.ScatterElements': index out of range"
// CHECK: scf.for
// CHECK: scf.for
// CHECK: tensor.insert
func.func @scatters_in_order(%data: tensor<?x4xf32>, %at: tensor<?x4xi64>, %updates: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %0 = onnx.ScatterElements(%data, %at, %updates) : (tensor<?x4xf32>, tensor<?x4xi64>, tensor<?x4xf32>) -> tensor<?x4xf32>
  return %0 : tensor<?x4xf32>
}
