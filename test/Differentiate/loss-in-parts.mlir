// Where logits are many, some rows after the other give theirs, their loss and its gradient. What caps them goes along.
// RUN: retort-opt %s --derive-gradient="context=128 logit-bytes=1 parameters=w" | FileCheck %s
// RUN: retort-opt %s --derive-gradient="context=128 parameters=w" | FileCheck %s --check-prefix=WHOLE

// CHECK-LABEL: func.func @gradient
// CHECK-COUNT-2: onnx.LogSoftmax(%{{.*}}) {{.*}}: (tensor<64x5xf32>) -> tensor<64x5xf32>
// CHECK: onnx.Concat(
// CHECK: return
// CHECK-LABEL: func.func @loss
// CHECK-COUNT-2: onnx.Tanh(%{{.*}}) : (tensor<64x5xf32>) -> tensor<64x5xf32>
// CHECK-NOT: tensor<128x5xf32>
// CHECK: return
// WHOLE-LABEL: func.func @gradient
// WHOLE: onnx.LogSoftmax(%{{.*}}) {{.*}}: (tensor<128x5xf32>) -> tensor<128x5xf32>
// WHOLE-NOT: onnx.LogSoftmax(
// WHOLE: return
func.func @main(%ids: tensor<1x?xi64> {onnx.name = "input_ids", onnx.dims = ["", "t"], retort.role = "tokens"})
    -> (tensor<1x?x5xf32> {onnx.name = "logits", onnx.dims = ["", "t", ""], retort.role = "logits"}) {
  %table = onnx.initializer "table" dense<[[0.3, -0.2], [-0.4, 0.6], [0.7, 0.1], [-0.1, -0.5], [0.2, 0.4]]> : tensor<5x2xf32>
  %w = onnx.initializer "w" dense<[[0.5, -0.3], [-0.6, 0.4]]> : tensor<2x2xf32>
  %head = onnx.initializer "head" dense<[[0.4, -0.6, 0.1, 0.3, -0.2], [-0.5, 0.2, 0.7, -0.1, 0.6]]> : tensor<2x5xf32>
  %cap = onnx.initializer "cap" dense<3.0> : tensor<f32>
  %e = onnx.Gather(%table, %ids) : (tensor<5x2xf32>, tensor<1x?xi64>) -> tensor<1x?x2xf32>
  %x = onnx.MatMul(%e, %w) : (tensor<1x?x2xf32>, tensor<2x2xf32>) -> tensor<1x?x2xf32>
  %z = onnx.MatMul(%x, %head) : (tensor<1x?x2xf32>, tensor<2x5xf32>) -> tensor<1x?x5xf32>
  %t = onnx.Tanh(%z) : (tensor<1x?x5xf32>) -> tensor<1x?x5xf32>
  %logits = onnx.Mul(%t, %cap) : (tensor<1x?x5xf32>, tensor<f32>) -> tensor<1x?x5xf32>
  return %logits : tensor<1x?x5xf32>
}
