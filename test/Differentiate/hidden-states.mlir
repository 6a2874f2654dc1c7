// The teacher's hidden states are arguments, one for each that the model has: what tokens look up, and the stream behind the
// first of two blocks. Their loss is a part of the loss, and its gradient goes where the states come from.
// RUN: retort-opt %s --derive-gradient="context=4 hidden=2" | FileCheck %s

// CHECK-LABEL: func.func @gradient
// CHECK-SAME: %[[WEIGHTS:[^:]*]]: tensor<4xf32> {onnx.name = "weights"}, %[[H0:[^:]*]]: tensor<4x3xf32> {onnx.name = "hidden_0"}, %[[H1:[^:]*]]: tensor<4x3xf32> {onnx.name = "hidden_1"}
// CHECK-SAME: -> (tensor<f32>, tensor<6x3xf32>, tensor<3x3xf32>, tensor<3x6xf32>)
// CHECK: return
// CHECK-LABEL: func.func @loss
// CHECK-SAME: %[[WEIGHTS:[^:]*]]: tensor<4xf32> {onnx.name = "weights"}, %[[H0:[^:]*]]: tensor<4x3xf32> {onnx.name = "hidden_0"}, %[[H1:[^:]*]]: tensor<4x3xf32> {onnx.name = "hidden_1"}
// CHECK: %[[E:.*]] = onnx.Gather(
// CHECK: %[[X:.*]] = onnx.Add(%[[E]],
// CHECK: %[[ROWS0:.*]] = onnx.Reshape(%[[E]],
// CHECK: %[[D0:.*]] = onnx.Sub(%[[ROWS0]], %[[H0]])
// CHECK: onnx.Mul(%[[D0]], %[[D0]])
// CHECK: onnx.Mul(%[[H0]], %[[H0]])
// CHECK: %[[ERROR0:.*]] = onnx.Div(
// CHECK: onnx.Mul(%[[ERROR0]], %[[WEIGHTS]])
// CHECK: %[[ROWS1:.*]] = onnx.Reshape(%[[X]],
// CHECK: onnx.Sub(%[[ROWS1]], %[[H1]])
// CHECK: return
func.func @main(%ids: tensor<1x?xi64> {onnx.name = "input_ids", onnx.dims = ["", "tokens"], retort.role = "tokens"})
    -> (tensor<1x?x6xf32> {onnx.name = "logits", onnx.dims = ["", "tokens", ""], retort.role = "logits"}) {
  %table = onnx.initializer "table" dense<0.5> : tensor<6x3xf32>
  %w = onnx.initializer "w" dense<0.25> : tensor<3x3xf32>
  %head = onnx.initializer "head" dense<0.125> : tensor<3x6xf32>
  %e = onnx.Gather(%table, %ids) : (tensor<6x3xf32>, tensor<1x?xi64>) -> tensor<1x?x3xf32>
  %a = onnx.MatMul(%e, %w) : (tensor<1x?x3xf32>, tensor<3x3xf32>) -> tensor<1x?x3xf32>
  %t = onnx.Tanh(%a) : (tensor<1x?x3xf32>) -> tensor<1x?x3xf32>
  %x = onnx.Add(%e, %t) : (tensor<1x?x3xf32>, tensor<1x?x3xf32>) -> tensor<1x?x3xf32>
  %n = onnx.Tanh(%x) : (tensor<1x?x3xf32>) -> tensor<1x?x3xf32>
  %logits = onnx.MatMul(%n, %head) : (tensor<1x?x3xf32>, tensor<3x6xf32>) -> tensor<1x?x6xf32>
  return %logits : tensor<1x?x6xf32>
}
