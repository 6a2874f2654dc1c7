// RUN: retort-opt %s --fix-batch 2>/dev/null | FileCheck %s
// RUN: retort-opt %s --fix-batch --verify-diagnostics -o /dev/null

// Rows of all texts are put in a row, and added to the rows of each: that fits for one text.
// CHECK-LABEL: func.func @made_for_one_text
// CHECK-SAME: tensor<1x?xi64> {onnx.dims = ["", "s"]
// CHECK-SAME: -> tensor<1x?x4xf32>
// expected-warning @+1 {{runs for one text at a time alone: its batch is fixed at 1}}
func.func @made_for_one_text(%tokens: tensor<?x?xi64> {onnx.dims = ["b", "s"], onnx.name = "ids"}) -> tensor<?x?x4xf32> {
  %table = onnx.initializer "w" dense<1.0> : tensor<8x4xf32>
  %target = onnx.initializer "t" dense<[1, -1, 4]> : tensor<3xi64>
  %x = onnx.Gather(%table, %tokens) {axis = 0 : i64} : (tensor<8x4xf32>, tensor<?x?xi64>) -> tensor<?x?x4xf32>
  // CHECK: onnx.Add{{.*}} -> tensor<1x?x4xf32>
  %y = onnx.Reshape(%x, %target) {allowzero = 0 : i64} : (tensor<?x?x4xf32>, tensor<3xi64>) -> tensor<1x?x4xf32>
  %sum = onnx.Add(%x, %y) : (tensor<?x?x4xf32>, tensor<1x?x4xf32>) -> tensor<?x?x4xf32>
  return %sum : tensor<?x?x4xf32>
}

// CHECK-LABEL: func.func @any_batch
// CHECK-SAME: tensor<?x?xi64>
func.func @any_batch(%tokens: tensor<?x?xi64> {onnx.name = "ids"}) -> tensor<?x?x4xf32> {
  %table = onnx.initializer "w" dense<1.0> : tensor<8x4xf32>
  %x = onnx.Gather(%table, %tokens) {axis = 0 : i64} : (tensor<8x4xf32>, tensor<?x?xi64>) -> tensor<?x?x4xf32>
  return %x : tensor<?x?x4xf32>
}

// What cannot run at all is not mended.
// CHECK-LABEL: func.func @no_batch
// CHECK-SAME: tensor<?x?xi64>
func.func @no_batch(%tokens: tensor<?x?xi64> {onnx.name = "ids"}) -> tensor<?x?x4xf32> {
  %table = onnx.initializer "w" dense<1.0> : tensor<8x4xf32>
  %target = onnx.initializer "t" dense<[1, -1, 4]> : tensor<3xi64>
  %x = onnx.Gather(%table, %tokens) {axis = 0 : i64} : (tensor<8x4xf32>, tensor<?x?xi64>) -> tensor<?x?x4xf32>
  %twice = onnx.Concat(%x, %x) {axis = 1 : i64} : (tensor<?x?x4xf32>, tensor<?x?x4xf32>) -> tensor<?x?x4xf32>
  %y = onnx.Reshape(%twice, %target) {allowzero = 0 : i64} : (tensor<?x?x4xf32>, tensor<3xi64>) -> tensor<1x?x4xf32>
  %sum = onnx.Add(%x, %y) : (tensor<?x?x4xf32>, tensor<1x?x4xf32>) -> tensor<?x?x4xf32>
  return %sum : tensor<?x?x4xf32>
}
