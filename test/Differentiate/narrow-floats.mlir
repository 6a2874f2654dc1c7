// A model of f16: parameters and gradients are f32, and what is stored is converted.
// RUN: retort-opt %s --derive-gradient='context=4 parameters=^head' | FileCheck %s

// CHECK-LABEL: func.func @gradient
// CHECK-SAME: %{{.*}}: tensor<3x6xf32>) -> (tensor<f32>, tensor<3x6xf32>)
// CHECK: %[[TABLE:.*]] = onnx.initializer "table_folded" {{.*}} : tensor<6x3xf32>
// CHECK: onnx.Gather(%[[TABLE]], {{.*}} -> tensor<1x4x3xf32>
// CHECK-NOT: f16
// CHECK: return
func.func @main(%ids: tensor<1x?xi64> {onnx.name = "input_ids", onnx.dims = ["", "tokens"], retort.role = "tokens"})
    -> (tensor<1x?x6xf16> {onnx.name = "logits", onnx.dims = ["", "tokens", ""], retort.role = "logits"}) {
  %table = onnx.initializer "table" dense<[[0.5, 0.25, 1.0], [0.5, 2.0, 3.0], [1.5, 2.0, 3.0], [0.0, 2.0, 3.0], [0.5, 2.0, 1.0], [4.0, 2.0, 3.0]]> : tensor<6x3xf16>
  %head = onnx.initializer "head" dense<0.125> : tensor<3x6xf16>
  %x = onnx.Gather(%table, %ids) : (tensor<6x3xf16>, tensor<1x?xi64>) -> tensor<1x?x3xf16>
  %a = onnx.Tanh(%x) : (tensor<1x?x3xf16>) -> tensor<1x?x3xf16>
  %logits = onnx.MatMul(%a, %head) : (tensor<1x?x3xf16>, tensor<3x6xf16>) -> tensor<1x?x6xf16>
  return %logits : tensor<1x?x6xf16>
}
