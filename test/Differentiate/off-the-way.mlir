// What no parameter reaches, or what the loss does not depend on, needs no rule.
// RUN: retort-opt %s --derive-gradient='context=4 parameters=^head' | FileCheck %s

// CHECK-LABEL: func.func @gradient
// CHECK-SAME: %[[HEAD:arg[0-9]+]]: tensor<3x6xf32>) -> (tensor<f32>, tensor<3x6xf32>)
// CHECK: onnx.Loop(
// CHECK: onnx.MatMul(%{{.*}}, %[[HEAD]])
// CHECK: onnx.LogSoftmax(
// CHECK-NOT: onnx.ScatterND
// CHECK: return
func.func @main(%ids: tensor<1x?xi64> {onnx.name = "input_ids", onnx.dims = ["", "tokens"], retort.role = "tokens"})
    -> (tensor<1x?x6xf32> {onnx.name = "logits", onnx.dims = ["", "tokens", ""], retort.role = "logits"}) {
  %table = onnx.initializer "table" dense<0.5> : tensor<6x3xf32>
  %head = onnx.initializer "head" dense<0.125> : tensor<3x6xf32>
  %x = onnx.Gather(%table, %ids) : (tensor<6x3xf32>, tensor<1x?xi64>) -> tensor<1x?x3xf32>
  %axis = onnx.Constant() {value = dense<1> : tensor<1xi64>} : () -> tensor<1xi64>
  %mean = onnx.ReduceMean(%x, %axis) : (tensor<1x?x3xf32>, tensor<1xi64>) -> tensor<1x1x3xf32>
  %count = onnx.Constant() {value = dense<3> : tensor<i64>} : () -> tensor<i64>
  %always = onnx.Constant() {value = dense<true> : tensor<i1>} : () -> tensor<i1>
  %b = onnx.Loop(%count, %always, %mean) {
  ^bb0(%i: tensor<i64>, %go: tensor<i1>, %state: tensor<1x1x3xf32>):
    %next = onnx.Tanh(%state) : (tensor<1x1x3xf32>) -> tensor<1x1x3xf32>
    onnx.yield %go, %next : tensor<i1>, tensor<1x1x3xf32>
  } : (tensor<i64>, tensor<i1>, tensor<1x1x3xf32>) -> tensor<1x1x3xf32>
  %y = onnx.Add(%x, %b) : (tensor<1x?x3xf32>, tensor<1x1x3xf32>) -> tensor<1x?x3xf32>
  %logits = onnx.MatMul(%y, %head) : (tensor<1x?x3xf32>, tensor<3x6xf32>) -> tensor<1x?x6xf32>
  return %logits : tensor<1x?x6xf32>
}
