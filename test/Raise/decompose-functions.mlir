// RUN: retort-opt %s --decompose-functions --split-input-file | FileCheck %s

// Codes become numbers, which are multiplied, and codes again.
// CHECK-LABEL: @product_of_codes
// CHECK-SAME: (%[[A:.*]]: tensor<2x3xui8>, %[[B:.*]]: tensor<3x5xi8>, %[[SCALE:.*]]: tensor<f32>, %[[ZERO:.*]]: tensor<ui8>, %[[MIDDLE:.*]]: tensor<i8>)
// CHECK: %[[ROWS:.*]] = onnx.DequantizeLinear(%[[A]], %[[SCALE]], %[[ZERO]]) {axis = -2
// CHECK: %[[COLUMNS:.*]] = onnx.DequantizeLinear(%[[B]], %[[SCALE]], %[[MIDDLE]]) {axis = -1
// CHECK: %[[PRODUCT:.*]] = onnx.MatMul(%[[ROWS]], %[[COLUMNS]])
// CHECK: %[[Y:.*]] = onnx.QuantizeLinear(%[[PRODUCT]], %[[SCALE]], %[[ZERO]])
// CHECK: return %[[Y]]
func.func @product_of_codes(%a: tensor<2x3xui8>, %b: tensor<3x5xi8>, %s: tensor<f32>, %z: tensor<ui8>, %m: tensor<i8>)
    -> tensor<2x5xui8> {
  %y = onnx.node "QLinearMatMul"(%a, %s, %z, %b, %s, %m, %s, %z) to ["y"]
      : (tensor<2x3xui8>, tensor<f32>, tensor<ui8>, tensor<3x5xi8>, tensor<f32>, tensor<i8>, tensor<f32>, tensor<ui8>)
      -> tensor<2x5xui8>
  return %y : tensor<2x5xui8>
}

// -----

// A function of the registry; its attribute has a default.
// CHECK-LABEL: @of_the_registry
// CHECK: onnx.Constant() {{.*}}dense<5.000000e-01> : tensor<f32>
// CHECK: onnx.Where
// CHECK-NOT: onnx.node
func.func @of_the_registry(%x: tensor<4xf32>) -> tensor<4xf32> {
  %y = onnx.node "Shrink"(%x) to ["y"] : (tensor<4xf32>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}

// -----

// One operation, two bodies: attributes and inputs choose. Functions in bodies are decomposed as well.
// CHECK-LABEL: @mean_with_weights
// CHECK: %[[LOG:.*]] = onnx.LogSoftmax
// CHECK: onnx.GatherElements(%[[LOG]]
// CHECK: %[[WEIGHTS:.*]] = onnx.Gather(%{{.*}}, %{{.*}})
// CHECK: %[[SUM:.*]] = onnx.ReduceSum
// CHECK: %[[WHOLE:.*]] = onnx.ReduceSum(%[[WEIGHTS]])
// CHECK: onnx.Div(%[[SUM]], %[[WHOLE]])
// CHECK-NOT: onnx.node
func.func @mean_with_weights(%x: tensor<3x5xf32>, %t: tensor<3xi64>, %w: tensor<5xf32>) -> tensor<f32> {
  %y = onnx.node "SoftmaxCrossEntropyLoss"(%x, %t, %w) to ["y"] : (tensor<3x5xf32>, tensor<3xi64>, tensor<5xf32>) -> tensor<f32>
  return %y : tensor<f32>
}

// CHECK-LABEL: @sum_without_weights
// CHECK-NOT: onnx.Gather(
// CHECK: onnx.Neg
// CHECK: onnx.ReduceSum
// CHECK-NOT: onnx.Div
// CHECK: return
func.func @sum_without_weights(%x: tensor<3x5xf32>, %t: tensor<3xi64>) -> tensor<f32> {
  %y = onnx.node "NegativeLogLikelihoodLoss"(%x, %t) to ["y"] with [#onnx.attribute<"reduction" = "sum">]
      : (tensor<3x5xf32>, tensor<3xi64>) -> tensor<f32>
  return %y : tensor<f32>
}

// -----

// Where no condition holds, and where there is no body at all, the node stays.
// CHECK-LABEL: @another_layout
// CHECK: onnx.node "QLinearSoftmax"
// CHECK: onnx.node "GRU"
func.func @another_layout(%x: tensor<2x3x4xui8>, %s: tensor<f32>, %z: tensor<ui8>, %f: tensor<2x3x4xf32>) -> (tensor<2x3x4xui8>, tensor<*xf32>) {
  %y = onnx.node "QLinearSoftmax" domain "com.microsoft"(%x, %s, %z, %s, %z) to ["y"]
      with [#onnx.attribute<"axis" = 1 : i64>, #onnx.attribute<"opset" = 11 : i64>]
      : (tensor<2x3x4xui8>, tensor<f32>, tensor<ui8>, tensor<f32>, tensor<ui8>) -> tensor<2x3x4xui8>
  %g = onnx.node "GRU"(%f, %f, %f) to ["g"] : (tensor<2x3x4xf32>, tensor<2x3x4xf32>, tensor<2x3x4xf32>) -> tensor<*xf32>
  return %y, %g : tensor<2x3x4xui8>, tensor<*xf32>
}
