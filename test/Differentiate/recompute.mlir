// What lies between two cuts is computed again, from the first of them times a number that is 1.
// RUN: retort-opt %s --derive-gradient="context=3 most-bytes=0" | FileCheck %s
// RUN: retort-opt %s --derive-gradient="context=3 most-bytes=100000" | FileCheck %s --check-prefix=KEPT

// CHECK-LABEL: func.func @gradient(%{{.*}}: tensor<1x3xi64>
// CHECK-SAME: %[[UNIT:[^:]*]]: tensor<f32> {onnx.name = "unit"}
// CHECK: onnx.Tanh(
// CHECK: onnx.LogSoftmax(
// CHECK: onnx.Mul(%{{.*}}, %[[UNIT]])
// CHECK: onnx.Tanh(
// CHECK: return
// KEPT-LABEL: func.func @gradient
// KEPT: onnx.Tanh(
// KEPT-NOT: onnx.Tanh(
// KEPT: return
func.func @main(%ids: tensor<1x?xi64> {onnx.name = "input_ids", onnx.dims = ["", "t"], retort.role = "tokens"})
    -> (tensor<1x?x5xf32> {onnx.name = "logits", onnx.dims = ["", "t", ""], retort.role = "logits"}) {
  %table = onnx.initializer "table" dense<[[0.3, -0.2], [-0.4, 0.6], [0.7, 0.1], [-0.1, -0.5], [0.2, 0.4]]> : tensor<5x2xf32>
  %w = onnx.initializer "w" dense<[[0.5, -0.3], [-0.6, 0.4]]> : tensor<2x2xf32>
  %v = onnx.initializer "v" dense<[[0.2, 0.7], [0.1, -0.2]]> : tensor<2x2xf32>
  %head = onnx.initializer "head" dense<[[0.4, -0.6, 0.1, 0.3, -0.2], [-0.5, 0.2, 0.7, -0.1, 0.6]]> : tensor<2x5xf32>
  %e = onnx.Gather(%table, %ids) : (tensor<5x2xf32>, tensor<1x?xi64>) -> tensor<1x?x2xf32>
  %0 = onnx.MatMul(%e, %w) : (tensor<1x?x2xf32>, tensor<2x2xf32>) -> tensor<1x?x2xf32>
  %1 = onnx.Tanh(%0) : (tensor<1x?x2xf32>) -> tensor<1x?x2xf32>
  %2 = onnx.MatMul(%1, %v) : (tensor<1x?x2xf32>, tensor<2x2xf32>) -> tensor<1x?x2xf32>
  %x = onnx.Add(%e, %2) : (tensor<1x?x2xf32>, tensor<1x?x2xf32>) -> tensor<1x?x2xf32>
  %logits = onnx.MatMul(%x, %head) : (tensor<1x?x2xf32>, tensor<2x5xf32>) -> tensor<1x?x5xf32>
  return %logits : tensor<1x?x5xf32>
}
