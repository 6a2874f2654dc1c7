// The image of a file in text.
// RUN: retort-opt %s | retort-opt | FileCheck %s

// CHECK-LABEL: @main
// CHECK: onnx.initializer "w" dense<1.000000e+00> : tensor<2xf32>
// CHECK: onnx.node "Clip" domain "" name "n"(%{{.*}}, %{{.*}}) omitted [1] to ["y"] with [#onnx.attribute<"a" = 1 : i64>]
// CHECK: onnx.node "If"(%{{.*}}) to ["z"] with [#onnx.attribute<"then_branch" = unit>] {
// CHECK: onnx.yield
func.func @main(%x: tensor<2xf32>, %c: tensor<i1>) -> tensor<*x!onnx.unknown> {
  %w = onnx.initializer "w" dense<1.0> : tensor<2xf32>
  %y = onnx.node "Clip" domain "" name "n"(%x, %w) omitted [1] to ["y"] with [#onnx.attribute<"a" = 1 : i64>] : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
  %z = onnx.node "If"(%c) to ["z"] with [#onnx.attribute<"then_branch" = unit>] {
    onnx.yield %y : tensor<2xf32>
  } : (tensor<i1>) -> tensor<*x!onnx.unknown>
  return %z : tensor<*x!onnx.unknown>
}
