// An operation whose gradient a plugin brings, in Retort's host and in a stock one: it comes before the rule of the table.
// REQUIRES: stock-hosts
// RUN: retort-opt %s --plugin=%{build}/test/plugins/libGradientOfMod.so --derive-gradient=context=4 | FileCheck %s
// RUN: mlir-opt-22 %s --load-dialect-plugin=%{passes} --load-pass-plugin=%{passes} \
// RUN:   --load-dialect-plugin=%{build}/test/plugins/libGradientOfMod.so \
// RUN:   --pass-pipeline='builtin.module(derive-gradient{context=4})' | FileCheck %s

// CHECK-LABEL: func.func @gradient
// CHECK: %[[Z:.*]] = onnx.MatMul(
// CHECK: onnx.Mod(%[[Z]], %{{.*}}) {fmod = 1 : i64}
// CHECK: onnx.ScatterND(
// CHECK: return
func.func @main(%ids: tensor<1x?xi64> {onnx.name = "input_ids", onnx.dims = ["", "tokens"], retort.role = "tokens"})
    -> (tensor<1x?x6xf32> {onnx.name = "logits", onnx.dims = ["", "tokens", ""], retort.role = "logits"}) {
  %table = onnx.initializer "table" dense<0.5> : tensor<6x3xf32>
  %head = onnx.initializer "head" dense<0.125> : tensor<3x6xf32>
  %two = onnx.Constant() {value = dense<2.0> : tensor<f32>} : () -> tensor<f32>
  %x = onnx.Gather(%table, %ids) : (tensor<6x3xf32>, tensor<1x?xi64>) -> tensor<1x?x3xf32>
  %z = onnx.MatMul(%x, %head) : (tensor<1x?x3xf32>, tensor<3x6xf32>) -> tensor<1x?x6xf32>
  %logits = onnx.Mod(%z, %two) {fmod = 1 : i64} : (tensor<1x?x6xf32>, tensor<f32>) -> tensor<1x?x6xf32>
  return %logits : tensor<1x?x6xf32>
}
